import { SluiceError } from "../../../shared/errors";
import { parallel } from "../../parallel";
import { HttpError } from "../../rest";
import { attempted, errorOf } from "../attempts";
import { azureError } from "../errors";
import { type Container, DOCUMENTS, jsonOf, partitionOf, send } from "./container";
import type { Entry } from "./plan";

/** Told for each entry that is not stored. */
export type Fail = (entry: Entry, error: SluiceError) => void;

/** What became of an operation, as a batch says it. */
interface OperationResult {
  statusCode: number;
  subStatusCode?: number;
  retryAfterMilliseconds?: number;
}

/** An operation that was undone because another one of its batch failed. */
const FAILED_DEPENDENCY = 424;

/** What a request that is refused with 400 is told. Of an operation there is the status alone; its request could be read. */
const BAD_REQUEST = JSON.stringify({ code: "BadRequest" });

/** The answer need not say again what was sent. */
const HEADERS = { "content-type": "application/json", prefer: "return=minimal" } as const;
const UPSERT = { ...HEADERS, "x-ms-documentdb-is-upsert": "true" } as const;
const BATCH = { ...HEADERS, "x-ms-cosmos-is-batch-request": "true", "x-ms-cosmos-batch-atomic": "true" } as const;

/** Writes all entries; returns once each is durable or reported. */
export function writeChunks(container: Container, chunks: readonly Entry[][], fail: Fail): Promise<void> {
  return parallel(chunks, container.concurrency, (chunk) => writeChunk(container, chunk, fail));
}

async function writeChunk(container: Container, chunk: readonly Entry[], fail: Fail): Promise<void> {
  let left = chunk;
  try {
    while (left.length > 0) {
      const culprit = await attempted(() => upsert(container, left), container);
      if (culprit === undefined) return;
      fail(culprit.entry, culprit.error);
      left = left.filter((entry) => entry !== culprit.entry);
    }
  } catch (thrown) {
    const error = errorOf(thrown, container);
    // A request that cannot be read does not say which document is to blame: in halves at last it does.
    if (error.code === "store-rejected" && left.length > 1) return halves(container, left, fail);
    for (const entry of left) fail(entry, error);
  }
}

async function halves(container: Container, chunk: readonly Entry[], fail: Fail): Promise<void> {
  const middle = chunk.length >> 1;
  await writeChunk(container, chunk.slice(0, middle), fail);
  await writeChunk(container, chunk.slice(middle), fail);
}

/** Writes all entries of a key, or none: then the one that can never be written, if that is why. Throws any other failure. */
async function upsert(container: Container, entries: readonly Entry[]) {
  const [first] = entries;
  if (first === undefined) return undefined;
  const partition = partitionOf(first.key);
  if (entries.length === 1) {
    await send(container, { path: DOCUMENTS, body: first.text, headers: { ...UPSERT, ...partition } });
    return undefined;
  }
  const operations = entries.map(({ text }) => `{"operationType":"Upsert","resourceBody":${text}}`);
  const answer = await send(container, {
    path: DOCUMENTS,
    body: `[${operations.join(",")}]`,
    headers: { ...BATCH, ...partition },
  });
  const results = jsonOf<readonly OperationResult[]>(answer);
  if (!Array.isArray(results) || results.length !== entries.length) throw incomplete(container);
  return culpritOf(container, entries, results);
}

function culpritOf(container: Container, entries: readonly Entry[], results: readonly OperationResult[]) {
  const failed = results.findIndex(({ statusCode }) => !(statusCode < 300 || statusCode === FAILED_DEPENDENCY));
  const result = results[failed];
  if (result === undefined) {
    if (results.some(({ statusCode }) => statusCode === FAILED_DEPENDENCY)) throw incomplete(container);
    return undefined;
  }
  const error = azureError(asHttpError(result), container.place);
  // What may pass is no fault of that document.
  if (error.retryable) throw error;
  return { entry: entries[failed]!, error };
}

function asHttpError({ statusCode, subStatusCode, retryAfterMilliseconds }: OperationResult): HttpError {
  const headers = {
    ...(subStatusCode === undefined ? {} : { "x-ms-substatus": String(subStatusCode) }),
    ...(retryAfterMilliseconds === undefined ? {} : { "x-ms-retry-after-ms": String(retryAfterMilliseconds) }),
  };
  return new HttpError(statusCode, headers, statusCode === 400 ? BAD_REQUEST : "");
}

function incomplete({ place }: Container): SluiceError {
  return new SluiceError("unavailable", place.stage, "The answer does not say what became of every document.", {
    adapter: place.adapter,
    coordinates: place.coordinates ?? {},
  });
}
