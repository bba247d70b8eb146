import type { Clock } from "../../../shared/clock";
import { type RestAnswer, type RestCall, refusal } from "../../rest";
import type { Attempts } from "../attempts";
import type { AzureClient } from "../client";

/** A Cosmos DB container, and what calls on it take. */
export interface Container extends Attempts {
  client: AzureClient;
  /** Requests at once. */
  concurrency: number;
  /** Told the request units of each answer, of refusals too. */
  spend(units: number): void;
}

/** https://learn.microsoft.com/rest/api/cosmos-db/#supported-rest-api-versions */
const VERSION = { "x-ms-version": "2020-07-15" } as const;

/** Documents of a container, behind its URL. */
export const DOCUMENTS = "/docs";

/** One call that must succeed. */
export async function send({ client, spend, signal }: Container, call: RestCall): Promise<RestAnswer> {
  const answer = await client.send({ ...call, headers: { ...VERSION, ...call.headers }, signal });
  const units = Number(answer.headers["x-ms-request-charge"]);
  if (units > 0) spend(units);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw refusal(answer);
}

/** The body of an answer. Throws what such an answer is if it is no JSON. */
export function jsonOf<T>(answer: RestAnswer): T {
  const { buffer, byteOffset, length } = answer.body;
  try {
    return JSON.parse(Buffer.from(buffer, byteOffset, length).toString()) as T;
  } catch {
    throw refusal(answer);
  }
}

/** The path of a document. */
export function pathOf(documentId: string): string {
  return `${DOCUMENTS}/${encodeURIComponent(documentId)}`;
}

/** The header that names the partition of a key. In ASCII: a header has no other letters. */
export function partitionOf(key: string): { "x-ms-documentdb-partitionkey": string } {
  const text = JSON.stringify([key]).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { "x-ms-documentdb-partitionkey": text };
}

/**
 * How Cosmos DB is told who calls: https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources. A
 * token has some thousand characters and serves a thousand calls, so it is written once.
 */
export function authorizer(clock: Clock): (token: string) => Record<string, string> {
  let known = "";
  let authorization = "";
  return (token) => {
    if (token !== known) {
      known = token;
      authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${token}`);
    }
    return { authorization, "x-ms-date": new Date(clock.now()).toUTCString() };
  };
}
