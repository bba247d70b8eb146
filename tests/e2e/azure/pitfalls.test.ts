/** @jest-environment ./tests/support/native-environment.cjs */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { azureStore } from "../../../adapters/azure/store";
import { systemClock } from "../../../adapters/system";
import { failing, partial } from "../../../emulators/azure/faults";
import { type FunctionsHostOptions, openFunctionsHost } from "../../../emulators/azure/functions-host";
import { openHttpFaults } from "../../../emulators/http-faults";
import { bundleFunction } from "../../../functions/azure/bundle";
import { type AzurePath, openPath } from "../../support/azure/path";
import { openAzureServices } from "../../support/azure/services";
import { scratch } from "../../support/cli";
import { duringTests } from "../../support/during-tests";
import { serveModel } from "../../support/model-server";
import { HERE } from "../../support/placed";
import { rowBatch } from "../../support/records";
import { until } from "../../support/until";

const ROOT = path.resolve(__dirname, "../../..");
const PIPELINE = path.join(ROOT, "tests/fixtures/pipelines/deadly.ts");
const PATIENT = { SLUICE_MIN_BACKOFF_SECONDS: "1", SLUICE_MAX_BACKOFF_SECONDS: "1" };
const outDir = scratch();

const services = duringTests(openAzureServices);
let directory: string;

jest.setTimeout(60_000);

beforeAll(async () => {
  directory = await bundled("in-process");
});

afterEach(() => {
  for (const service of ["cosmos", "blob"] as const) services().faults[service].set(undefined);
});

/**
 * What tests/infra/azure/pitfalls.ts cannot see: the function, its adapters and what it is made of. Numbers as there, which has
 * 1, 9, 11 to 16, 20 and 21, those of the stack. Of the others, elsewhere: 2 also in redelivery.test.ts; 7 in
 * faults/producer.test.ts; 8 in sizes/stream.test.ts, for nothing calls `sendBatch` with an array; 19 in sizes/services.test.ts.
 */
describe("known pitfalls of Azure, in what runs there", () => {
  it("2, 6: the function counts its attempts, not the host, which pauses whole seconds between them, and nothing is lost", async () => {
    const { path, host, close } = await deployed({ SLUICE_RETRIES: "1", ...PATIENT });
    const asked: number[] = [];
    const refuse = failing("denied");
    services().faults.cosmos.set((request) => {
      asked.push(performance.now());
      return refuse(request);
    });

    path.hub.append([{ body: '{"id":"e1","number":1}' }]);
    await host.drained();

    expect((await path.letters()).map(({ code, attempts }) => [code, attempts])).toEqual([["credentials", 2]]);
    expect(host.stats).toMatchObject({ invocations: 2, retries: 1, exhausted: 0, lost: 0 });
    expect(Math.max(...asked) - Math.min(...asked)).toBeGreaterThan(900);
    await close();
  });

  it("3: rows are stored without a timer that has to run out, and what fails among them is said", async () => {
    const { path, close } = await provisioned();
    const clock = { ...systemClock, sleep: () => new Promise<never>(() => {}) };
    const store = azureStore({ container: path.urls.container, clock });

    const report = await store.write(rowBatch(250));
    services().faults.cosmos.set(partial((document) => (document as { eventId: string }).eventId === "e7" && "400"));
    const refused = await store.write(rowBatch(250));

    expect(report).toEqual({ duplicates: [], failures: [] });
    expect(refused.failures.map(({ index, error }) => [index, error.code])).toEqual([[7, "store-rejected"]]);
    expect(await path.stored()).toHaveLength(250);
    await close();
  });

  it.each(["number", "object"] as const)(
    "4, 5: bodies, keys and sequence numbers are what the producer sent, whatever the host makes of them (64 bits as %s)",
    async (longs) => {
      const { path, host, close } = await deployed({}, { longs });
      const ids = ["1e3", "123", "null", "true", "0.10"];
      const bad = [Buffer.from("12"), Buffer.from('"quoted"'), Buffer.from("null"), Buffer.from([0xff, 0x00, 0x0a])];

      await path.ingest.publish({ keys: ids, bodies: ids.map((id) => JSON.stringify({ id, number: 1 })) });
      path.hub.append(bad.map((body) => ({ body, partitionKey: "1e3", properties: { TraceParent: "1e3" } })));
      await host.drained();

      const [stored, letters] = [await path.stored(), await path.letters()];
      expect(stored.map(({ key, id }) => [key, id]).sort()).toEqual(ids.map((id) => [id, id]).sort());
      expect(letters.map(({ body }) => Buffer.from(body).toString("hex")).sort()).toEqual(
        bad.map((body) => body.toString("hex")).sort(),
      );
      expect(letters.map(({ position }) => position.offset).sort()).toEqual(["5", "6", "7", "8"]);
      expect(await path.archived()).toHaveLength(ids.length + bad.length);
      await close();
    },
  );

  it("10: a checkpoint follows every batch, as the package's host.json says", async () => {
    const { path, host, close } = await deployed({});
    const json = JSON.parse(readFileSync(inPackage("host.json"), "utf8"));

    for (let number = 1; number <= 3; number++) {
      path.hub.append([{ body: `{"id":"e${number}","number":${number}}` }]);
      await host.drained();
    }

    expect(json.extensions.eventHubs.batchCheckpointFrequency).toBe(1);
    expect(host.stats.checkpoints).toEqual({ "0": 3 });
    await close();
  });

  it("15, 17: what is installed of Azure has exact versions, and the product needs three of its libraries", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    const azure = Object.entries<string>({ ...dependencies, ...devDependencies }).filter(([name]) =>
      /azure|azurite/.test(name),
    );

    for (const [name, version] of azure)
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    expect(Object.keys(dependencies).filter((name) => name.startsWith("@azure/"))).toEqual([
      "@azure/event-hubs",
      "@azure/functions",
      "@azure/identity",
    ]);
    expect(JSON.stringify(azure)).not.toContain("opentelemetry");
  });

  it("18: the package's main is CommonJS without `import.meta`, and none of Azure's data libraries is in the package", () => {
    const code = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
      (name) => /\.[cm]?js$/.test(name) && !name.includes("node_modules"),
    );

    const main = readFileSync(inPackage("index.cjs"), "utf8");
    const texts = code.map((name) => readFileSync(inPackage(name), "utf8"));

    expect(main).not.toContain("import.meta");
    expect([...main.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name)).not.toContain("@azure/functions");
    expect(texts.length).toBeGreaterThan(1);
    for (const text of texts)
      expect(text).not.toMatch(/@azure\/(?:cosmos|storage-|event-hubs|monitor|core-rest-pipeline)/);
  });

  it("22: the model is loaded when the host starts, without waiting for an event, and a host that starts waits for no model", async () => {
    const started = Promise.withResolvers<void>();
    const model = await serveModel("linear");
    const clock = { ...systemClock, sleep: () => started.promise };
    const front = await openHttpFaults({ target: model.url, clock });
    const endpoint = { SLUICE_INFERENCE: "endpoint", SLUICE_ENDPOINT: front.endpoint };
    front.set(() => ({ kind: "delay", ms: 1 }));

    const { path, host, close } = await deployed(endpoint, { directory: await bundled("endpoint") });
    await until(() => front.requests.delay >= 1);
    const { invocations } = host.stats;
    started.resolve();
    path.hub.append([{ body: '{"id":"e1","number":1}' }]);
    await host.drained();

    expect(invocations).toBe(0);
    expect(await path.stored()).toMatchObject([{ id: "e1" }]);
    await close();
    await front.close();
    await model.close();
  });

  it("the log tells of retries and of batches, and holds nothing of an event", async () => {
    const secret = "4111-1111-1111-1111";
    const { path, host, log, close } = await deployed(PATIENT);
    for (const service of ["cosmos", "blob"] as const) services().faults[service].set(failing("unavailable"));

    path.hub.append(
      [
        `{"id":"e0","number":0,"note":"${secret}"}`,
        `{"id":"${secret}","number":1}`,
        `{"id":"e1","number":"${secret}"}`,
        `{"${secret}`,
      ].map((body) => ({ body })),
    );
    await until(() => host.stats.failures > 0);
    for (const service of ["cosmos", "blob"] as const) services().faults[service].set(undefined);
    await host.drained();
    await close();

    expect(log.join("\n")).toContain('"type":"retry"');
    expect(log.join("\n")).toContain('"type":"batch"');
    expect(log.join("\n")).not.toContain(secret);
  });
});

function inPackage(name: string): string {
  return path.join(directory, name);
}

async function bundled(inference: "in-process" | "endpoint"): Promise<string> {
  const placed = await bundleFunction({ pipelineFile: PIPELINE, inference, outDir, ...HERE });
  return placed.directory;
}

/** Services, without a host. */
async function provisioned(): Promise<{ path: AzurePath; close(): Promise<void> }> {
  const path = await openPath(services());
  return { path, close: () => path.close() };
}

/** The package, as it is uploaded, in a host. */
async function deployed(environment: Record<string, string>, options: Partial<FunctionsHostOptions> = {}) {
  const { path, close } = await provisioned();
  const log: string[] = [];
  const host = await openFunctionsHost({
    ...{ hub: path.hub, directory, onLog: (line) => void log.push(line) },
    ...options,
    environment: { ...services().environment, ...path.environment, ...environment },
  });
  return {
    ...{ path, host, log },
    close: async () => {
      await host.close();
      await close();
    },
  };
}
