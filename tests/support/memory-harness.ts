import type { PreprocessCapabilities } from "sluice";
import type { Adapters } from "../contract/all";
import type { Harness, ServiceFault } from "./contract";
import { manualClock } from "./manual-clock";
import { type Memory, type MemoryState, memoryState, openMemory } from "./memory";
import { testPipeline } from "./records";
import type { Deployment, DeploymentSubject } from "./source";

const name = "memory";

/** The memory service can be made to do all of these. */
const faults: readonly ServiceFault[] = (["unavailable", "throttled", "credentials"] as const).flatMap((code) => [
  { code, partial: false },
  { code, partial: true },
]);

/** The memory adapters, with a source of each kind. */
export function memoryAdapters(): Adapters {
  const { ingest, infer, store, deadLetters } = openMemory(memoryState(name, 1, manualClock()));
  const common = { name, faults };
  return {
    ingest: {
      ...common,
      capabilities: ingest.capabilities,
      open: harness((memory) => ({ ingest: memory.ingest, messages: async () => memory.state.partitions.flat() })),
    },
    infer: { ...common, capabilities: infer.capabilities, open: harness((memory) => memory.infer), width: 3 },
    store: { ...common, capabilities: store.capabilities, open: harness((memory) => memory.store) },
    deadLetters: { ...common, capabilities: deadLetters.capabilities, open: harness((memory) => memory.deadLetters) },
    actions: {
      ...common,
      capabilities: undefined,
      open: harness(({ actions }) => ({ actions, received: received(actions) })),
    },
    archive: { ...common, capabilities: undefined, open: harness((memory) => memory) },
    deployments: [
      deployment({ checkpoint: "lowest-failure", ordering: "per-key", countsDeliveries: true }),
      deployment({ checkpoint: "per-message", ordering: "none", countsDeliveries: true }),
      deployment({ checkpoint: "always-advances", ordering: "per-key", countsDeliveries: true }),
    ],
  };
}

function harness<Port>(pick: (memory: Memory) => Port): () => Promise<Harness<Port>> {
  return async () => {
    const clock = manualClock();
    const state = memoryState(testPipeline.name, 2, clock);
    return {
      port: pick(openMemory(state)),
      restart: async () => pick(openMemory(state)),
      inject: async (fault) => injected(state, fault),
      tick: async (ms) => clock.block(ms),
      close: async () => {},
    };
  };
}

function injected(state: MemoryState, fault: ServiceFault): () => Promise<void> {
  state.outage = fault;
  return async () => {
    state.outage = undefined;
  };
}

function deployment(capabilities: PreprocessCapabilities): DeploymentSubject {
  const { checkpoint } = capabilities;
  return { name: `${name}, ${checkpoint}`, capabilities, open: harness((memory) => deployed(memory, checkpoint)) };
}

function deployed(memory: Memory, checkpoint: PreprocessCapabilities["checkpoint"]): Deployment {
  const source = memory.source({ checkpoint });
  return {
    ...memory,
    received: received(memory.actions),
    receive: async () => {
      for (let partition = 0; partition < source.partitions; partition++) {
        const trigger = source.next(partition);
        if (trigger) return source.receive(trigger);
      }
      return undefined;
    },
    answer: async (delivery, outcome) => source.answer(delivery, outcome),
  };
}

function received(actions: Memory["actions"]): Deployment["received"] {
  return () => actions.list({ limit: 10_000 });
}
