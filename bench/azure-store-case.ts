import { performance } from "node:perf_hooks";
import { type Container, CosmosClient, type JSONObject, type OperationInput } from "@azure/cosmos";
import type { AzureCredentials } from "../adapters/azure/client";
import { azureStore } from "../adapters/azure/store";
import type { RowBatch } from "../shared/ports";
import { median } from "./measure";
import { numberedRows } from "./numbered-rows";

/** `process.argv`: the way, the URL of a Cosmos DB, calls. Prints milliseconds per call and microseconds of CPU time per row. */
const [way = "", url = "", calls] = process.argv.slice(2);

const ROWS = 100;
const KEYS = 10;

/** Writes rows until each is stored; throws if one is not. */
type Write = (rows: RowBatch) => Promise<void>;

const WAYS: Readonly<Record<string, () => Write>> = {
  own: () => {
    const store = azureStore({ container: `${url}/dbs/bench/colls/predictions`, credentials: CREDENTIALS });
    return async (rows) => {
      const { failures } = await store.write(rows);
      if (failures.length > 0) throw failures[0]!.error;
    };
  },

  executeBulk: () => {
    const { items } = openContainer();
    return async (rows) => {
      const operations = documentsOf(rows).map((resourceBody) => ({
        ...upsert(resourceBody),
        partitionKey: keyOf(resourceBody),
      }));
      check((await items.executeBulkOperations(operations)).map(({ response }) => response?.statusCode));
    };
  },

  bulk: () => {
    const { items } = openContainer();
    return async (rows) => {
      const operations = documentsOf(rows).map((resourceBody) => ({
        ...upsert(resourceBody),
        partitionKey: keyOf(resourceBody),
      }));
      check((await items.bulk(operations as OperationInput[])).map(({ statusCode }) => statusCode));
    };
  },

  batchPerKey: () => {
    const { items } = openContainer();
    return async (rows) => {
      const perKey = Map.groupBy(documentsOf(rows), keyOf);
      const answers = await Promise.all([...perKey].map(([key, documents]) => items.batch(documents.map(upsert), key)));
      check(answers.flatMap(({ result = [] }) => result.map(({ statusCode }) => statusCode)));
    };
  },

  upserts: () => {
    const { items } = openContainer();
    return async (rows) => {
      const answers = await Promise.all(documentsOf(rows).map((document) => items.upsert(document)));
      check(answers.map(({ statusCode }) => statusCode));
    };
  },
};

async function main(): Promise<void> {
  const write = WAYS[way]!();
  const [wallMs, cpuUs]: [number[], number[]] = [[], []];
  for (let call = 0; call < Number(calls); call++) {
    const rows = numberedRows({ first: call * ROWS, rows: ROWS, keys: KEYS });
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    await write(rows);
    wallMs.push(performance.now() - startedAt);
    const { user, system } = process.cpuUsage(before);
    cpuUs.push((user + system) / ROWS);
  }
  // The first quarter warms up.
  const counted = (values: readonly number[]) => median(values.slice(values.length / 4));
  const text = JSON.stringify({ wallMs: counted(wallMs), cpuUs: counted(cpuUs) });
  process.stdout.write(text, () => process.exit(0));
}

const CREDENTIALS: AzureCredentials = {
  token: async () => "bench",
  forget: () => {},
  credential: { getToken: async () => null },
};

function openContainer(): Container {
  const client = new CosmosClient({
    endpoint: url,
    tokenProvider: async () => "type=aad&ver=1.0&sig=bench",
    connectionPolicy: { enableEndpointDiscovery: false },
  });
  return client.database("bench").container("predictions");
}

/** The documents that our store writes. */
function documentsOf(rows: RowBatch): JSONObject[] {
  const { data, width } = rows.features;
  return Array.from({ length: rows.count }, (_, row) => ({
    id: rows.ids[row]!,
    key: rows.keys[row]!,
    eventId: rows.ids[row]!,
    time: rows.times[row]!,
    prediction: { ...rows.predictions[row] },
    truth: null,
    features: Buffer.from(data.buffer, data.byteOffset + row * width * 4, width * 4).toString("base64"),
    model: rows.modelVersion,
    version: rows.pipelineVersion,
    storedAt: Date.now(),
  }));
}

function upsert(resourceBody: JSONObject) {
  return { operationType: "Upsert" as const, resourceBody };
}

function keyOf(document: JSONObject): string {
  return String(document["key"]);
}

function check(statuses: readonly (number | undefined)[]): void {
  const stored = statuses.filter((status) => status === 200 || status === 201);
  if (stored.length !== ROWS) throw new Error(`${way} stored ${stored.length} of ${ROWS} rows`);
}

void main();
