import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { awsDeadLetters } from "../../adapters/aws/deadletter";
import { awsInfer } from "../../adapters/aws/infer";
import { awsIngest } from "../../adapters/aws/ingest";
import { awsPreprocess } from "../../adapters/aws/preprocess";
import { awsStore } from "../../adapters/aws/store";
import { azureDeadLetters } from "../../adapters/azure/deadletter";
import { azureInfer } from "../../adapters/azure/infer";
import { azureIngest } from "../../adapters/azure/ingest";
import { azurePreprocess } from "../../adapters/azure/preprocess";
import { azureStore } from "../../adapters/azure/store";
import { gcpDeadLetters } from "../../adapters/gcp/deadletter";
import { gcpInfer } from "../../adapters/gcp/infer";
import { gcpIngest } from "../../adapters/gcp/ingest";
import { gcpPreprocess } from "../../adapters/gcp/preprocess";
import { gcpStore } from "../../adapters/gcp/store";
import { localPreprocess, openLocal } from "../../adapters/local";
import { onnxInfer } from "../../adapters/onnx";
import pipeline from "../../examples/card-fraud/pipeline";
import type {
  DeadLetterCapabilities,
  InferCapabilities,
  IngestCapabilities,
  PreprocessCapabilities,
  StoreCapabilities,
} from "../../shared/capabilities";

/** What a platform's adapters say of themselves. */
export interface Declared {
  ingest: IngestCapabilities;
  preprocess: PreprocessCapabilities;
  /** One for each way in which the platform can run the model. */
  infer: readonly InferCapabilities[];
  store: StoreCapabilities;
  deadLetters: DeadLetterCapabilities;
}

export interface Platform {
  /** Its contract is tests/contract/<name>.test.ts. */
  name: string;
  /** What the contract stands on: `real` is the thing itself, which leaves nothing to be run elsewhere. */
  mark: "real" | "emulated";
  declared: Declared;
}

/** Every platform that is built, in the order of the columns. */
export async function platforms(): Promise<Platform[]> {
  return [
    { name: "local", mark: "real", declared: await local() },
    { name: "aws", mark: "emulated", declared: aws() },
    { name: "gcp", mark: "emulated", declared: gcp() },
    { name: "azure", mark: "emulated", declared: azure() },
  ];
}

async function local(): Promise<Declared> {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-capabilities-"));
  const database = openLocal({ directory, pipeline });
  try {
    return {
      ingest: database.ingest.capabilities,
      preprocess: localPreprocess(database.consumer()).capabilities,
      infer: [inProcess()],
      store: database.store.capabilities,
      deadLetters: database.deadLetters.capabilities,
    };
  } finally {
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** None of these makes a client before its first call, so no name is needed. */
function aws(): Declared {
  return {
    ingest: awsIngest({ stream: "" }).capabilities,
    preprocess: awsPreprocess().capabilities,
    infer: [inProcess(), awsInfer({ pipeline, endpointName: "" }).capabilities],
    store: awsStore({ table: "" }).capabilities,
    deadLetters: awsDeadLetters({ bucket: "" }).capabilities,
  };
}

function gcp(): Declared {
  return {
    ingest: gcpIngest({ topic: "projects/p/topics/t" }).capabilities,
    preprocess: gcpPreprocess({ deadlineMs: 0 }).capabilities,
    infer: [inProcess(), gcpInfer({ pipeline, url: "https://model", kind: "cloud-run" }).capabilities],
    store: gcpStore({ collection: "projects/p/databases/d/documents/c" }).capabilities,
    deadLetters: gcpDeadLetters({ subscription: "projects/p/subscriptions/s" }).capabilities,
  };
}

function azure(): Declared {
  const account = "https://account";
  return {
    ingest: azureIngest({ hub: "sb://namespace/hub" }).capabilities,
    preprocess: azurePreprocess({ retries: 0, deadlineMs: 0 }).capabilities,
    infer: [
      inProcess(),
      ...(["container-app", "azure-ml"] as const).map(
        (kind) => azureInfer({ pipeline, url: account, kind }).capabilities,
      ),
    ],
    store: azureStore({ container: `${account}/dbs/d/colls/c` }).capabilities,
    deadLetters: azureDeadLetters({ container: `${account}/letters` }).capabilities,
  };
}

function inProcess(): InferCapabilities {
  return onnxInfer({ pipeline, baseDir: "" }).capabilities;
}
