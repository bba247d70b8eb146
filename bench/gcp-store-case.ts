import { performance } from "node:perf_hooks";
import { Firestore } from "@google-cloud/firestore";
import { gcpClient } from "../adapters/gcp/client";
import { documentId, gcpStore } from "../adapters/gcp/store";
import type { RowBatch } from "../shared/ports";
import { median } from "./measure";
import { numberedRows } from "./numbered-rows";

/** `process.argv`: own or bulk, `host:port` of a Firestore, milliseconds per slice. Prints microseconds of CPU time per row. */
const [side, host = "", sliceMs] = process.argv.slice(2);

const DATABASE = "projects/local/databases/(default)";
const ROWS = 100;
const KEYS = 50;
const SLICES = 20;

/** Writes rows, all with ids of their own, until each is stored. */
type Write = (rows: RowBatch) => Promise<unknown>;

async function main(): Promise<void> {
  const write = side === "own" ? own() : bulk();
  const times: number[] = [];
  let first = 0;
  for (let slice = 0; slice < SLICES; slice++) {
    const startedAt = performance.now();
    const before = process.cpuUsage();
    let rows = 0;
    for (; performance.now() - startedAt < Number(sliceMs); rows += ROWS) {
      await write(numberedRows({ first, rows: ROWS, keys: KEYS }));
      first += ROWS;
    }
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / rows);
  }
  // The first quarter warms up.
  process.stdout.write(String(median(times.slice(SLICES / 4))), () => process.exit(0));
}

function own(): Write {
  const client = gcpClient({ endpoint: `http://${host}` });
  const store = gcpStore({ collection: `${DATABASE}/documents/own`, client });
  return async (rows) => {
    const { failures } = await store.write(rows);
    if (failures.length > 0) throw failures[0]!.error;
  };
}

/** The same documents through Google's own writer of many; by default it would also hold itself to 500 writes a second. */
function bulk(): Write {
  const [hostname, port] = host.split(":");
  const firestore = new Firestore({ projectId: "local", host: hostname!, port: Number(port), ssl: false });
  const collection = firestore.collection("bulk");
  return async (rows) => {
    const writer = firestore.bulkWriter({ throttling: false });
    for (let row = 0; row < rows.count; row++)
      void writer.set(collection.doc(documentId(rows.keys[row]!, rows.ids[row]!)), documentOf(rows, row));
    await writer.close();
  };
}

function documentOf(rows: RowBatch, row: number) {
  const { data, width } = rows.features;
  return {
    key: rows.keys[row],
    id: rows.ids[row],
    time: rows.times[row],
    prediction: rows.predictions[row],
    truth: rows.truths?.[row] ?? null,
    features: Buffer.from(data.buffer, data.byteOffset + row * width * 4, width * 4),
    model: rows.modelVersion,
    version: rows.pipelineVersion,
    storedAt: Date.now(),
  };
}

void main();
