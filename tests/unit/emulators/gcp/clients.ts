import { Firestore } from "@google-cloud/firestore";
import { afterEach } from "@jest/globals";

// Nobody asks a metadata server that is not there who we are.
process.env["METADATA_SERVER_DETECTION"] = "none";

const clients: { terminate(): Promise<void> }[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.terminate();
});

/** By gRPC. */
export function firestoreClient(endpoint: string): Firestore {
  // The client reads the variable when it is made.
  process.env["FIRESTORE_EMULATOR_HOST"] = endpoint;
  const client = new Firestore({ projectId: "p" });
  client.settings({ ignoreUndefinedProperties: true });
  delete process.env["FIRESTORE_EMULATOR_HOST"];
  clients.push(client);
  return client;
}

export interface Reply {
  status: number;
  headers: Headers;
  json: unknown;
}

/** A request of a REST API. */
export async function rest(url: string, method = "GET", body?: object): Promise<Reply> {
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === "" ? undefined : JSON.parse(text) };
}
