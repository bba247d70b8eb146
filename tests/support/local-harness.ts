import type { Infer } from "sluice";
import { type LocalDatabase, localPreprocess } from "../../adapters/local";
import { onnxInfer } from "../../adapters/onnx";
import type { Adapters } from "../contract/all";
import type { Harness, ServiceFault } from "./contract";
import { localDirectory } from "./local-directory";
import { MODELS_DIR } from "./models";
import { pipelineFor } from "./onnx";
import { all } from "./records";
import type { Deployment } from "./source";

const name = "local";

/** Another process that holds a lock is all that can go wrong without breaking the disk. */
const faults: readonly ServiceFault[] = [
  { code: "unavailable", partial: false },
  { code: "unavailable", partial: true },
];

/** The embedded database, and ONNX in process. */
export function localAdapters(): Adapters {
  const directory = localDirectory();
  const { ingest, store, deadLetters } = directory.open();
  const common = { name, faults };
  const adapters: Adapters = {
    ingest: {
      ...common,
      capabilities: ingest.capabilities,
      open: harness((local) => ({ ingest: local.ingest, messages: () => all(local.archive.read({})) })),
    },
    infer: { name, capabilities: linearModel().capabilities, open: onnxHarness, width: 4 },
    store: { ...common, capabilities: store.capabilities, open: harness((local) => local.store) },
    deadLetters: { ...common, capabilities: deadLetters.capabilities, open: harness((local) => local.deadLetters) },
    actions: {
      ...common,
      capabilities: undefined,
      open: harness(({ actions }) => ({ actions, received: received(actions) })),
    },
    // A lock keeps nobody from reading.
    archive: { name, capabilities: undefined, open: harness((local) => local) },
    deployments: [
      {
        name,
        capabilities: { checkpoint: "lowest-failure", ordering: "per-key", countsDeliveries: true },
        open: harness(deployed),
      },
    ],
  };
  void directory.remove();
  return adapters;
}

function harness<Port>(pick: (database: LocalDatabase) => Port): () => Promise<Harness<Port>> {
  return async () => {
    const local = localDirectory();
    return {
      port: pick(local.open()),
      restart: async () => {
        // The dead process's lease has to end first.
        local.clock.block(60_000);
        return pick(local.open());
      },
      inject: async ({ partial }) => (partial ? local.lock("log-0", "store-0") : local.lock("log-", "store-")),
      tick: async (ms) => local.clock.block(ms),
      close: local.remove,
    };
  };
}

/** One worker's consumer and its database. */
function deployed(database: LocalDatabase): Deployment {
  const consumer = database.consumer();
  const preprocess = localPreprocess(consumer);
  const { ingest, store, deadLetters, actions } = database;
  return {
    ...{ ingest, store, deadLetters, actions },
    received: received(actions),
    receive: async () => {
      consumer.balance();
      const claim = consumer.next();
      return claim && preprocess.receive(claim);
    },
    answer: async (delivery, outcome) => preprocess.answer(delivery, outcome),
  };
}

function received(actions: LocalDatabase["actions"]): Deployment["received"] {
  return () => actions.list({ limit: 10_000 });
}

async function onnxHarness(): Promise<Harness<Infer>> {
  const opened: Infer[] = [];
  const open = () => {
    const infer = linearModel();
    opened.push(infer);
    return infer;
  };
  return {
    port: open(),
    restart: async () => open(),
    inject: async () => async () => {},
    tick: async () => {},
    close: async () => {
      await Promise.all(opened.map((infer) => infer.close()));
    },
  };
}

/** In-process inference with a small model of four features. */
function linearModel(): Infer {
  return onnxInfer({ pipeline: pipelineFor("linear.onnx", {}), baseDir: MODELS_DIR });
}
