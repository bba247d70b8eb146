import { PubSub } from "@google-cloud/pubsub";
import { expect, it } from "@jest/globals";
import { openGcpEmulators } from "../../../../emulators/gcp";
import { failing } from "../../../../emulators/gcp/faults";
import { listen, readBody } from "../../../../emulators/listen";
import { opened } from "../opened";
import { firestoreClient, rest } from "./clients";

const TOPIC = "projects/local/topics/events";
const SUBSCRIPTION = "projects/local/subscriptions/process";
const DOCUMENTS = "projects/local/databases/(default)/documents";

it("the environment names the services, which have what was provisioned", async () => {
  const gcp = await opened(openGcpEmulators());
  const { environment } = gcp;

  gcp.provision({
    topics: [TOPIC],
    subscriptions: [{ name: SUBSCRIPTION, topic: TOPIC }],
    bucket: "b",
    table: { name: "local.d.t", columns: [{ name: "id", type: "STRING" }] },
  });

  const found = await Promise.all([
    rest(`http://${environment["PUBSUB_EMULATOR_HOST"]}/v1/${SUBSCRIPTION}`),
    rest(`http://${environment["FIRESTORE_EMULATOR_HOST"]}/v1/${DOCUMENTS}/c`),
    rest(`${environment["STORAGE_EMULATOR_HOST"]}/storage/v1/b/b`),
    rest(`${environment["BIGQUERY_EMULATOR_HOST"]}/projects/local/datasets/d/tables/t`),
  ]);
  const metadata = `http://${environment["GCE_METADATA_HOST"]}/computeMetadata/v1/project/project-id`;
  const project = await (await fetch(metadata, { headers: { "metadata-flavor": "Google" } })).text();
  expect(found.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect([project, environment["GOOGLE_CLOUD_PROJECT"]]).toEqual(["local", "local"]);
});

it("each service is behind a proxy of its own", async () => {
  const gcp = await opened(openGcpEmulators());
  gcp.provision({ topics: [TOPIC], bucket: "b" });
  gcp.faults.pubsub.set(failing("unavailable"));
  gcp.faults.vertex.set(() => ({ kind: "reset" }));

  const topic = await rest(`${gcp.endpoints.pubsub}/v1/${TOPIC}`);
  const bucket = await rest(`${gcp.endpoints.storage}/storage/v1/b/b`);

  expect([topic.status, bucket.status]).toEqual([503, 200]);
  await expect(fetch(gcp.endpoints.vertex)).rejects.toThrow("fetch failed");
  expect([gcp.faults.pubsub.requests.reply, gcp.faults.storage.requests.pass]).toEqual([1, 1]);
});

it("the official clients go past the proxies of HTTP/1.1: Pub/Sub at the same address, Firestore at the service's own", async () => {
  const gcp = await opened(openGcpEmulators());
  gcp.provision({ topics: [TOPIC], subscriptions: [{ name: SUBSCRIPTION, topic: TOPIC }] });
  for (const service of ["pubsub", "firestore"] as const) gcp.faults[service].set(failing("unavailable"));
  const address = String(gcp.environment["PUBSUB_EMULATOR_HOST"]);
  const pubsub = new PubSub({ projectId: "local", apiEndpoint: address, emulatorMode: true });

  await pubsub.topic("events").publishMessage({ data: Buffer.from("hello") });
  await pubsub.close();
  await firestoreClient(gcp.services.firestore.endpoint).doc("c/a").set({ n: 1 });

  const pull = await rest(`http://${gcp.services.pubsub.endpoint}/v1/${SUBSCRIPTION}:pull`, "POST", { maxMessages: 1 });
  expect(pull.json).toMatchObject({
    receivedMessages: [{ message: { data: Buffer.from("hello").toString("base64") } }],
  });
});

it("what is published is pushed, and exported to the other services", async () => {
  const gcp = await opened(openGcpEmulators());
  const pushed: unknown[] = [];
  const target = await opened(
    listen(async (request, response) => {
      pushed.push(JSON.parse(String(await readBody(request))));
      response.writeHead(204).end();
    }),
  );
  const row = JSON.stringify({ id: "a" });
  gcp.provision({
    topics: [TOPIC],
    bucket: "b",
    table: { name: "local.d.t", columns: [{ name: "id", type: "STRING" }] },
    subscriptions: [
      { name: SUBSCRIPTION, topic: TOPIC, pushConfig: { pushEndpoint: target.endpoint } },
      { name: `${SUBSCRIPTION}-bq`, topic: TOPIC, bigqueryConfig: { table: "local.d.t", useTableSchema: true } },
      {
        name: `${SUBSCRIPTION}-gcs`,
        topic: TOPIC,
        ackDeadlineSeconds: 600,
        cloudStorageConfig: { bucket: "b", filenamePrefix: "raw/" },
      },
    ],
  });

  gcp.services.pubsub.publish(TOPIC, [{ data: row }]);
  await gcp.services.pubsub.flush();
  await gcp.services.pubsub.idle();

  const objects = await rest(`${gcp.endpoints.storage}/storage/v1/b/b/o?prefix=raw/`);
  expect(pushed).toMatchObject([
    { message: { data: Buffer.from(row).toString("base64") }, subscription: SUBSCRIPTION },
  ]);
  expect(gcp.services.bigquery.rows("local.d.t")).toEqual([{ id: "a" }]);
  expect(objects.json).toMatchObject({ items: [{ name: expect.stringMatching(/^raw\//) }] });
});
