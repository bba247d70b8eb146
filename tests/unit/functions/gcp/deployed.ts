import path from "node:path";
import { type DeadLetter, encodeEnvelope, type StoredPrediction } from "sluice";
import { gcpClient } from "../../../../adapters/gcp/client";
import { gcpDeadLetters } from "../../../../adapters/gcp/deadletter";
import { gcpStore } from "../../../../adapters/gcp/store";
import { type GcpEmulators, openGcpEmulators } from "../../../../emulators/gcp";
import { openCloudRun } from "../../../../emulators/gcp/cloud-run";
import { ENTRY_POINT, SERVER } from "../../../../functions/gcp/bundle";
import { PUSH } from "../../../../functions/gcp/push";
import type { InferenceMode } from "../../../../functions/gcp/settings";
import { startModelServer } from "../../../../functions/model-server/server";

const ROOT = path.resolve(__dirname, "..", "..", "..", "..");
const FRAMEWORK = path.join(ROOT, "node_modules", "@google-cloud", "functions-framework", "build", "src", "main.js");

/** What serves the function: Google's framework, as where it is deployed, or our own server. */
export type Host = "functions-framework" | "its own server";

/** Script and arguments for Node. */
export const COMMANDS: Readonly<Record<Host, readonly string[]>> = {
  "functions-framework": [FRAMEWORK, `--target=${ENTRY_POINT}`],
  "its own server": [SERVER],
};

export interface DeployedOptions {
  /** The function's folder. */
  directory: string;
  inference: InferenceMode;
  /** Folder of the model, for an endpoint. */
  modelDir: string;
  host: Host;
  kind?: "cloud-run" | "vertex" | undefined;
  /** Whether the function checks whose pushes it takes. */
  verified?: boolean | undefined;
}

const COLLECTION = "projects/local/databases/test/documents/predictions";
const [INGEST, DEAD, ACTIONS] = ["ingest", "dead", "actions"].map((name) => `projects/local/topics/${name}`) as [
  string,
  string,
  string,
];
const [SUBSCRIPTION, HOLD, ALERTS] = ["push", "hold", "alerts"].map(
  (name) => `projects/local/subscriptions/${name}`,
) as [string, string, string];
const ACCOUNT = "push@local.iam.gserviceaccount.com";
const AUDIENCE = "https://function";

/** From a topic to a collection, by way of the bundled function: everything on this machine. */
export async function deployed(options: DeployedOptions) {
  const { directory, inference, modelDir, host, kind = "cloud-run", verified = false } = options;
  const model = inference === "endpoint" ? await startModelServer({ modelDirs: [modelDir] }) : undefined;
  await model?.ready;
  const emulators = await openGcpEmulators({ endpoints: { fraud: model?.url ?? "" } });
  const identity = {
    SLUICE_PUSH_AUDIENCE: AUDIENCE,
    SLUICE_PUSH_ACCOUNT: ACCOUNT,
    SLUICE_PUSH_KEYS: emulators.services.pubsub.jwksUrl,
  };
  const run = await openCloudRun({
    directory,
    command: COMMANDS[host],
    environment: {
      ...emulators.environment,
      // As the build sets it.
      NODE_ENV: "production",
      SLUICE_COLLECTION: COLLECTION,
      SLUICE_DEAD_TOPIC: DEAD,
      SLUICE_ACTIONS_TOPIC: ACTIONS,
      SLUICE_INFERENCE: inference,
      SLUICE_ENDPOINT: kind === "vertex" ? vertexUrl(emulators) : (model?.url ?? ""),
      SLUICE_ENDPOINT_KIND: kind,
      ...(verified ? identity : {}),
    },
    memoryMb: 1_024,
    onLog: (line) => {
      // What the function itself has to say; batches say INFO.
      if (!line.includes('"severity":"INFO"')) log.push(line);
    },
  });
  const log: string[] = [];
  const { pubsub } = emulators.services;
  emulators.provision({
    topics: [INGEST, DEAD, ACTIONS],
    subscriptions: [
      { name: HOLD, topic: DEAD },
      { name: ALERTS, topic: ACTIONS },
      {
        name: SUBSCRIPTION,
        topic: INGEST,
        ackDeadlineSeconds: PUSH.ackDeadlineSeconds,
        pushConfig: { pushEndpoint: run.endpoint, oidcToken: { serviceAccountEmail: ACCOUNT, audience: AUDIENCE } },
      },
    ],
  });
  const firestore = gcpClient({ endpoint: emulators.endpoints.firestore });
  const client = gcpClient({ endpoint: emulators.endpoints.pubsub });

  return {
    url: run.endpoint,
    log,
    stats: run.stats,
    /** In envelopes of 50; resolves once all are acknowledged. */
    process: async (bodies: readonly (string | Uint8Array)[]) => {
      const envelopes = Array.from({ length: Math.ceil(bodies.length / 50) }, (_, i) =>
        encodeEnvelope(bodies.slice(i * 50, i * 50 + 50), 0),
      );
      pubsub.publish(
        INGEST,
        envelopes.map((data) => ({ data })),
      );
      await pubsub.drained(SUBSCRIPTION);
    },
    stored: (): Promise<StoredPrediction[]> =>
      all(gcpStore({ collection: COLLECTION, client: firestore }).query({ limit: 1_000 })),
    letters: (): Promise<DeadLetter[]> =>
      all(gcpDeadLetters({ subscription: HOLD, topic: DEAD, client, waitMs: 200 }).list({ limit: 1_000 })),
    /** Ids of the actions that were published. */
    actions: async (): Promise<string[]> => {
      const { receivedMessages = [] } = await client.json<{
        receivedMessages?: { message: { data: string } }[];
      }>({ path: `/v1/${ALERTS}:pull`, body: { maxMessages: 1_000, returnImmediately: true } });
      return receivedMessages.map(({ message }) => JSON.parse(Buffer.from(message.data, "base64").toString()).id);
    },
    close: async () => {
      await emulators.close();
      await run.close();
      await model?.close();
    },
  };
}

function vertexUrl({ endpoints }: GcpEmulators): string {
  return `${endpoints.vertex}/v1/projects/local/locations/us-central1/endpoints/fraud:rawPredict`;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
