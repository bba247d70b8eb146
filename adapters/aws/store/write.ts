import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import type { Clock, Random } from "../../../shared/clock";
import { SluiceError } from "../../../shared/errors";
import { backoffMs, type RetryPolicy } from "../../../shared/retry";
import { parallel } from "../../parallel";
import { awsError, cancelled, type ErrorPlace, isConditionFailed } from "../errors";
import { type Item, toLatest } from "./item";
import { among, type Entry } from "./plan";

/** What a write needs besides the items. */
export interface Table {
  client: DynamoDBClient;
  name: string;
  place: ErrorPlace;
  clock: Clock;
  random: Random;
  /** Requests at once. */
  concurrency: number;
}

/** Told for each entry that is not stored. */
export type Fail = (entry: Entry, error: SluiceError) => void;

/** What the service hands back unprocessed was throttled; the SDK does not send it again. */
const UNPROCESSED: RetryPolicy = { attempts: 4, baseMs: 50, throttledBaseMs: 50, capMs: 1_000 };

/** Writes all entries; returns once each is durable or reported. */
export function writeChunks(
  table: Table,
  chunks: readonly Entry[][],
  fail: Fail,
  signal: AbortSignal | undefined,
): Promise<void> {
  return parallel(chunks, table.concurrency, (chunk) => writeChunk(table, chunk, fail, signal));
}

/** Makes each entry its key's latest state, unless there is one of an event as new. */
export function writeLatest(
  table: Table,
  entries: readonly Entry[],
  fail: Fail,
  signal: AbortSignal | undefined,
): Promise<void> {
  return parallel(entries, table.concurrency, async (entry) => {
    const command = new PutItemCommand({
      TableName: table.name,
      Item: toLatest(entry.item),
      ConditionExpression: "attribute_not_exists(pk) OR #time < :time",
      ExpressionAttributeNames: { "#time": "time" },
      ExpressionAttributeValues: { ":time": entry.item["time"]! },
    });
    await send(table, command, signal).catch((thrown: unknown) => {
      if (!isConditionFailed(thrown)) fail(entry, awsError(thrown, table.place));
    });
  });
}

async function writeChunk(table: Table, chunk: Entry[], fail: Fail, signal: AbortSignal | undefined): Promise<void> {
  let left = chunk;
  try {
    for (let attempt = 1; ; attempt++) {
      left = await writeOnce(table, left, signal);
      if (left.length === 0) return;
      const error = throttled(table, left.length);
      if (attempt === UNPROCESSED.attempts) throw error;
      await table.clock.sleep(backoffMs(error, attempt, UNPROCESSED, table.random), signal);
    }
  } catch (thrown) {
    const error = signal?.aborted ? cancelled(table.place) : awsError(thrown, table.place);
    // One bad item rejects the whole request: alone, only that one does.
    if (error.code === "store-rejected" && left.length > 1) return writeOneByOne(table, left, fail, signal);
    for (const entry of left) fail(entry, error);
  }
}

/** What the service did not process. */
async function writeOnce(table: Table, entries: Entry[], signal: AbortSignal | undefined): Promise<Entry[]> {
  const requests: WriteRequest[] = entries.map(({ item }) => ({ PutRequest: { Item: item } }));
  const { UnprocessedItems = {} } = await table.client.send(
    new BatchWriteItemCommand({ RequestItems: { [table.name]: requests } }),
    signal && { abortSignal: signal },
  );
  const items: (Item | undefined)[] = Object.values(UnprocessedItems)
    .flat()
    .map(({ PutRequest }) => PutRequest?.Item);
  return items.length === 0
    ? []
    : among(
        entries,
        items.filter((item) => item !== undefined),
      );
}

function writeOneByOne(table: Table, entries: Entry[], fail: Fail, signal: AbortSignal | undefined): Promise<void> {
  return parallel(entries, table.concurrency, async (entry) => {
    await send(table, new PutItemCommand({ TableName: table.name, Item: entry.item }), signal).catch(
      (thrown: unknown) => fail(entry, awsError(thrown, table.place)),
    );
  });
}

async function send(table: Table, command: PutItemCommand, signal: AbortSignal | undefined): Promise<void> {
  await table.client.send(command, signal && { abortSignal: signal });
}

function throttled({ place }: Table, items: number): SluiceError {
  const message = `The table took no more writes for the moment: ${items} items came back unprocessed.`;
  return new SluiceError("throttled", place.stage, message, {
    adapter: place.adapter,
    coordinates: place.coordinates ?? {},
  });
}
