import type { DeadLetterCapabilities, DeadLetterStore, IngestCapabilities, Store, StoreCapabilities } from "sluice";
import type { Subject } from "../support/contract";
import type { DeploymentSubject } from "../support/source";
import { actionsContract, type ObservedActions } from "./actions";
import { type ArchivedStream, archiveContract } from "./archive";
import { deadLetterContract } from "./deadletter";
import { type InferSubject, inferContract } from "./infer";
import { ingestContract, type ObservedIngest } from "./ingest";
import { pipelineContract } from "./pipeline";
import { preprocessContract } from "./preprocess";
import { storeContract } from "./store";

/** A whole set of adapters: what a cloud has to bring. */
export interface Adapters {
  ingest: Subject<ObservedIngest, IngestCapabilities>;
  infer: InferSubject;
  store: Subject<Store, StoreCapabilities>;
  deadLetters: Subject<DeadLetterStore, DeadLetterCapabilities>;
  actions: Subject<ObservedActions, undefined>;
  archive: Subject<ArchivedStream, undefined>;
  /** One for each way in which its sources take an answer. */
  deployments: readonly DeploymentSubject[];
}

/** Every contract, one port after the other. */
export function contracts(adapters: Adapters): void {
  ingestContract(adapters.ingest);
  adapters.deployments.forEach(preprocessContract);
  inferContract(adapters.infer);
  storeContract(adapters.store);
  deadLetterContract(adapters.deadLetters);
  actionsContract(adapters.actions);
  archiveContract(adapters.archive);
  adapters.deployments.forEach(pipelineContract);
}
