import { openFirestore } from "../emulators/gcp/firestore";
import { median } from "./measure";
import { script } from "./spawn";

export interface GcpStoreResult {
  /** Median CPU time per row, microseconds. */
  ownUs: number;
  bulkUs: number;
  /** Median over rounds of ours / BulkWriter's. */
  ratio: number;
}

const SIDES = ["own", "bulk"] as const;

/** What storing rows in Firestore costs the function: ours by REST, and BulkWriter, the client library's, by gRPC. */
export async function benchGcpStore({ rounds = 7, sliceMs = 100 } = {}): Promise<GcpStoreResult> {
  const times: Record<(typeof SIDES)[number], number>[] = [];
  for (let round = 0; round < rounds; round++) {
    // In this process, whose CPU time does not count; a new one, so that it is as empty for both.
    const time = { own: 0, bulk: 0 };
    for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const firestore = await openFirestore();
      try {
        const environment = { FIRESTORE_EMULATOR_HOST: firestore.endpoint, METADATA_SERVER_DETECTION: "none" };
        time[side] = Number(
          await script("gcp-store-case.ts", [side, firestore.endpoint, String(sliceMs)], { environment }),
        );
      } finally {
        await firestore.close();
      }
    }
    times.push(time);
  }
  return {
    ownUs: median(times.map(({ own }) => own)),
    bulkUs: median(times.map(({ bulk }) => bulk)),
    ratio: median(times.map(({ own, bulk }) => own / bulk)),
  };
}
