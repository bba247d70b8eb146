import {
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { PredictionQuery, StoredPrediction } from "../../../shared/ports";
import { inOrder, isWithin } from "../../in-order";
import { fromItem, type Item, LATEST } from "./item";

/** One prediction, as of now. */
export async function getPrediction(
  client: DynamoDBClient,
  table: string,
  key: string,
  id: string,
  signal: AbortSignal | undefined,
): Promise<StoredPrediction | undefined> {
  const input: GetItemCommandInput = {
    TableName: table,
    Key: { pk: { S: key }, sk: { S: id } },
    // Otherwise a row that was just written may not be there yet.
    ConsistentRead: true,
  };
  const { Item } = await client.send(new GetItemCommand(input), signal && { abortSignal: signal });
  return Item && fromItem(Item);
}

/**
 * Predictions that match, in the order of event time. A key and an id are one read, a key alone reads the key's items, and
 * anything else reads the whole table, which costs as much as the table is large. Never more than 10,000 rows are held: a
 * query without such a limit that finds more gives them in the table's own order.
 */
export function queryTable(
  client: DynamoDBClient,
  table: string,
  query: PredictionQuery,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredPrediction> {
  return inOrder(pages(client, table, query, signal), query);
}

/** Pages of what matches, of at most 1 MB each, in no useful order. */
async function* pages(
  client: DynamoDBClient,
  table: string,
  query: PredictionQuery,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredPrediction[]> {
  const { key, id } = query;
  if (query.limit <= 0) return;
  if (key !== undefined && id !== undefined) {
    const row = await getPrediction(client, table, key, id, signal);
    if (row && isWithin(row, query)) yield [row];
    return;
  }
  const input = inputOf(table, query);
  const options = signal && { abortSignal: signal };
  for (let start: Item | undefined; ; ) {
    const page = { ...input, ExclusiveStartKey: start };
    const { Items = [], LastEvaluatedKey } = await (key === undefined
      ? client.send(new ScanCommand(page), options)
      : client.send(new QueryCommand(page), options));
    yield Items.filter((item) => item["sk"]?.S !== LATEST).map(fromItem);
    if (!LastEvaluatedKey) return;
    start = LastEvaluatedKey;
  }
}

/** Conditions that the service checks before it answers: they save the transfer, not the read. */
function inputOf(table: string, { key, id, from, to }: PredictionQuery): QueryCommandInput {
  const filters = [
    ...(id === undefined ? [] : ["sk = :id"]),
    ...(from === undefined ? [] : ["#time >= :from"]),
    ...(to === undefined ? [] : ["#time < :to"]),
  ];
  const values: Item = {
    ...(key === undefined ? {} : { ":key": { S: key } }),
    ...(id === undefined ? {} : { ":id": { S: id } }),
    ...(from === undefined ? {} : { ":from": { N: String(from) } }),
    ...(to === undefined ? {} : { ":to": { N: String(to) } }),
  };
  return {
    TableName: table,
    ConsistentRead: true,
    ...(key === undefined ? {} : { KeyConditionExpression: "pk = :key" }),
    ...(filters.length === 0 ? {} : { FilterExpression: filters.join(" AND ") }),
    ...(from === undefined && to === undefined ? {} : { ExpressionAttributeNames: { "#time": "time" } }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
}
