import { gcpInfer } from "../adapters/gcp/infer";
import { createHandler } from "../functions/gcp/compose";
import { inference } from "../functions/gcp/endpoint";
import { startServer } from "../functions/gcp/server";
import { forgetful } from "./core";
import type { Mode } from "./gcp-batching";
import { pipelineFor } from "./workload";

/** `process.argv`: the endpoint's URL. Prints the functions' ports as JSON, and serves until its standard input ends. */
const [url = ""] = process.argv.slice(2);

async function main(): Promise<void> {
  const ports: Record<Mode, number> = {
    alone: await openFunction(Number.POSITIVE_INFINITY),
    joined: await openFunction(inference.maxInFlight),
  };
  process.stdout.write(`${JSON.stringify(ports)}\n`);
  process.stdin.resume().on("end", () => process.exit(0));
}

async function openFunction(maxInFlight: number): Promise<number> {
  const pipeline = { ...pipelineFor("m"), actions: [] };
  const handler = await createHandler({
    pipeline,
    settings: {
      collection: "projects/p/databases/d/documents/c",
      deadTopic: "projects/p/topics/dead",
      resultsTopic: undefined,
      actionsTopic: undefined,
      endpoint: { url, kind: "cloud-run" },
      ttlDays: undefined,
      timeoutMs: 60_000,
      push: undefined,
    },
    infer: gcpInfer({ pipeline, url, kind: "cloud-run" }),
    maxInFlight,
    store: forgetful(() => {}),
    telemetry: () => {},
  });
  return (await startServer(handler, { host: "127.0.0.1", port: 0 })).port;
}

void main();
