import { setTimeout as sleep } from "node:timers/promises";
import dynalite from "dynalite";
import type { Listener, ListenOptions } from "../listen";
import { embed } from "./embed";
import { jsonCall } from "./json-call";

/**
 * DynamoDB in this process, in memory (dynalite). Enforced as in the service: 25 items per BatchWriteItem and none twice,
 * 400 KB per item, numbers of 38 digits, conditions, pages of 1 MB. Not enforced: capacity. Not there: transactions, TTL,
 * streams, backups.
 */
export interface DynamoDbEmulator extends Listener {
  /** A table with the string keys `pk` and `sk`, paid per request; resolves when it is active. */
  createTable(name: string): Promise<void>;
}

const POLL_MS = 2;

export async function openDynamoDb(options: ListenOptions = {}): Promise<DynamoDbEmulator> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const listener = await embed(server, options);
  const call = <Output>(operation: string, input: object) =>
    jsonCall<Output>({
      endpoint: listener.endpoint,
      version: "1.0",
      target: `DynamoDB_20120810.${operation}`,
      input,
    });

  return {
    ...listener,
    createTable: async (name) => {
      await call("CreateTable", {
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: ["pk", "sk"].map((key) => ({ AttributeName: key, AttributeType: "S" })),
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      });
      while ((await call<Described>("DescribeTable", { TableName: name })).Table.TableStatus !== "ACTIVE") {
        await sleep(POLL_MS);
      }
    },
  };
}

interface Described {
  Table: { TableStatus: string };
}
