import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { type AwsStore, type AwsStoreOptions, awsStore } from "../../../../../adapters/aws/store";
import { openDynamoDb } from "../../../../../emulators/aws/dynamodb";
import { type StubAnswer, type StubRequest, withAwsStub } from "../../../../support/aws-stub";

export const TABLE = "predictions";

/** A store on an emulated table. */
export async function withTable(
  options: Partial<AwsStoreOptions>,
  test: (store: AwsStore) => Promise<void>,
): Promise<void> {
  const database = await openDynamoDb();
  await database.createTable(TABLE);
  const store = awsStore({ table: TABLE, endpoint: database.endpoint, maxAttempts: 1, ...options });
  try {
    await test(store);
  } finally {
    await store.close();
    await database.close();
  }
}

/** A store on a service that does as the test says. */
export function withStub<T>(
  answer: StubAnswer,
  test: (store: AwsStore, requests: readonly StubRequest[]) => Promise<T>,
  options: Partial<AwsStoreOptions> = {},
): Promise<T> {
  return withAwsStub(answer, async ({ endpoint, requests }) => {
    const store = awsStore({ table: TABLE, endpoint, maxAttempts: 1, ...options });
    try {
      return await test(store, requests);
    } finally {
      await store.close();
    }
  });
}

/** The item as DynamoDB holds it, of the key `k1`. */
export async function rawItem(store: AwsStore, sortKey: string) {
  const Key = { pk: { S: "k1" }, sk: { S: sortKey } };
  return (await store.client.send(new GetItemCommand({ TableName: TABLE, Key }))).Item;
}
