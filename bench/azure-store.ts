import { openCosmos } from "../emulators/azure/cosmos";
import { type Answer, openHttpFaults, type Rule } from "../emulators/http-faults";
import { median } from "./measure";
import { script } from "./spawn";

/** Ways to write documents: ours, and those of Microsoft's SDK. */
export const WAYS = ["own", "executeBulk", "bulk", "batchPerKey", "upserts"] as const;

export type Way = (typeof WAYS)[number];

export interface AzureStoreResult {
  /** Median time of a call with 100 documents of 10 keys, milliseconds. */
  wallMs: Record<Way, number>;
  /** Median CPU time per document, microseconds. */
  cpuUs: Record<Way, number>;
  /** Median over rounds of our time of a call / executeBulkOperations'. */
  wall: number;
  /** Median over rounds of our CPU time / items.bulk's. */
  cpu: number;
}

interface Costs {
  wallMs: number;
  cpuUs: number;
}

/** The service: what each request takes. */
const REQUEST_MS = 5;

/** What storing predictions takes, and costs the function, against a service that takes 5 ms for any request. */
export async function benchAzureStore({ rounds = 5, calls = 200 } = {}): Promise<AzureStoreResult> {
  const cosmos = await openCosmos();
  cosmos.createContainer("bench/predictions");
  const service = await openHttpFaults({ target: cosmos.endpoint, rule: afterAWhile });
  try {
    const all: Record<Way, Costs>[] = [];
    for (let round = 0; round < rounds; round++) {
      const costs = {} as Record<Way, Costs>;
      // Each in a process of its own; the service is in this one, whose CPU time does not count.
      for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
        // It waits for a second in each call.
        const times = way === "executeBulk" ? Math.min(calls, 4) : calls;
        costs[way] = JSON.parse(await script("azure-store-case.ts", [way, service.endpoint, String(times)]));
      }
      all.push(costs);
    }
    return summary(all);
  } finally {
    await service.close();
    await cosmos.close();
  }
}

/** Answers every write by itself, without storing it; the rest, what the SDK asks first, is the emulator's. */
const afterAWhile: Rule = ({ method, path }) => {
  if (method !== "POST" || !path.endsWith("/docs")) return { kind: "pass" };
  const split = (body: Buffer) => ({ rest: undefined, merge: () => written(body) });
  return { kind: "delay", ms: REQUEST_MS, next: { kind: "split", split } };
};

function written(body: Buffer): Answer {
  const documents: unknown = JSON.parse(body.toString());
  const headers = { "content-type": "application/json", "x-ms-request-charge": "6.1" };
  if (!Array.isArray(documents)) return { status: 201, headers, body };
  const results = documents.map(() => ({ statusCode: 201, requestCharge: 6.1, eTag: '"0"' }));
  return { status: 200, headers, body: JSON.stringify(results) };
}

function summary(rounds: readonly Record<Way, Costs>[]): AzureStoreResult {
  const all = (what: keyof Costs) =>
    Object.fromEntries(WAYS.map((way) => [way, median(rounds.map((round) => round[way][what]))])) as Record<
      Way,
      number
    >;
  return {
    wallMs: all("wallMs"),
    cpuUs: all("cpuUs"),
    wall: median(rounds.map(({ own, executeBulk }) => own.wallMs / executeBulk.wallMs)),
    cpu: median(rounds.map(({ own, bulk }) => own.cpuUs / bulk.cpuUs)),
  };
}
