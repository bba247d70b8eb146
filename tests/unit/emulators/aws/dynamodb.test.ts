import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "@jest/globals";
import { openDynamoDb } from "../../../../emulators/aws/dynamodb";
import { opened } from "../opened";
import { dynamoDbClient } from "./clients";

const TABLE = "predictions";

async function table(): Promise<DynamoDBClient> {
  const emulator = await opened(openDynamoDb());
  await emulator.createTable(TABLE);
  return dynamoDbClient(emulator.endpoint);
}

const item = (pk: string, sk: string, n = "1") => ({ pk: { S: pk }, sk: { S: sk }, n: { N: n } });
const writing = (items: ReturnType<typeof item>[]) =>
  new BatchWriteItemCommand({ RequestItems: { [TABLE]: items.map((Item) => ({ PutRequest: { Item } })) } });

describe("the DynamoDB emulator", () => {
  it("has a table of two string keys that is ready at once", async () => {
    const client = await table();

    await client.send(new PutItemCommand({ TableName: TABLE, Item: item("a", "1") }));
    const { Item } = await client.send(
      new GetItemCommand({ TableName: TABLE, Key: { pk: { S: "a" }, sk: { S: "1" } } }),
    );

    expect(Item).toEqual(item("a", "1"));
  });

  it("overwrites an item of the same keys", async () => {
    const client = await table();

    await client.send(writing([item("a", "1", "1")]));
    await client.send(writing([item("a", "1", "2")]));
    const { Items } = await client.send(querying("a"));

    expect(Items).toEqual([item("a", "1", "2")]);
  });

  it("answers a query in the order of the sort key", async () => {
    const client = await table();
    await client.send(writing(["3", "1", "2"].map((sk) => item("a", sk)).concat(item("b", "0"))));

    const { Items = [] } = await client.send(querying("a"));

    expect(Items.map(({ sk }) => sk?.S)).toEqual(["1", "2", "3"]);
  });

  it.each([
    ["26 items at once", Array.from({ length: 26 }, (_, i) => item("a", String(i)))],
    ["an item twice in one batch", [item("a", "1"), item("a", "1")]],
    ["a number of more than 38 digits", [item("a", "1", "1".repeat(39))]],
    ["an empty key", [item("", "1")]],
  ])("refuses %s", async (_, items) => {
    const client = await table();

    await expect(client.send(writing(items))).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("keeps the first of two writes that demand a free key", async () => {
    const client = await table();
    const put = (n: string) =>
      client.send(
        new PutItemCommand({
          TableName: TABLE,
          Item: item("a", "1", n),
          ConditionExpression: "attribute_not_exists(pk)",
        }),
      );
    await put("1");

    await expect(put("2")).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
  });
});

function querying(key: string): QueryCommand {
  return new QueryCommand({
    TableName: TABLE,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: key } },
  });
}
