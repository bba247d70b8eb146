import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { type AwsStore, type AwsStoreOptions, awsStore } from "../../../../../adapters/aws/store";
import { openDynamoDb } from "../../../../../emulators/aws/dynamodb";
import { type StubAnswer, type StubRequest, withAwsStub } from "../../../../support/aws-stub";
import { closing } from "../../../../support/closing";

export const TABLE = "predictions";

/** A store on an emulated table. */
export async function withTable(
  options: Partial<AwsStoreOptions>,
  test: (store: AwsStore) => Promise<void>,
): Promise<void> {
  await closing(await openDynamoDb(), async (database) => {
    await database.createTable(TABLE);
    await closing(awsStore({ table: TABLE, endpoint: database.endpoint, maxAttempts: 1, ...options }), test);
  });
}

/** A store on a service that does as the test says. */
export function withStub<T>(
  answer: StubAnswer,
  test: (store: AwsStore, requests: readonly StubRequest[]) => Promise<T>,
  options: Partial<AwsStoreOptions> = {},
): Promise<T> {
  return withAwsStub(answer, async ({ endpoint, requests }) => {
    return closing(awsStore({ table: TABLE, endpoint, maxAttempts: 1, ...options }), (store) => test(store, requests));
  });
}

/** The item as DynamoDB holds it, of the key `k1`. */
export async function rawItem(store: AwsStore, sortKey: string) {
  const Key = { pk: { S: "k1" }, sk: { S: sortKey } };
  return (await store.client.send(new GetItemCommand({ TableName: TABLE, Key }))).Item;
}
