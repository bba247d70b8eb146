import { openCosmos } from "../../../../emulators/azure/cosmos";
import { openIdentity } from "../../../../emulators/azure/identity";
import { opened } from "../opened";

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  json: unknown;
}

export interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | object;
}

/** A request of a REST API. */
export async function rest(url: string, { method = "GET", headers = {}, body }: Call = {}): Promise<Reply> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array || body === undefined;
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

/** One container of Cosmos DB, and requests of its REST API with a token that is good. */
export async function cosmosContainer({
  settings = {},
  ...options
}: Parameters<typeof openCosmos>[0] & { settings?: { partitionKey?: string; defaultTtl?: number } } = {}) {
  const identity = await opened(openIdentity());
  const cosmos = await opened(openCosmos({ ...options, identity }));
  const url = cosmos.createContainer("sluice/predictions", settings);
  const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${identity.token("https://cosmos.azure.com")}`);
  const call = (path: string, key: unknown, { headers = {}, ...request }: Call = {}) =>
    rest(`${url}/docs${path}`, {
      ...request,
      headers: {
        authorization,
        "x-ms-version": "2018-12-31",
        ...(key === undefined ? {} : { "x-ms-documentdb-partitionkey": JSON.stringify([key]) }),
        ...headers,
      },
    });
  return {
    identity,
    cosmos,
    url,
    call,
    create: (document: { key: unknown; [name: string]: unknown }, headers: Record<string, string> = {}) =>
      call("", document.key, { method: "POST", body: document, headers }),
    upsert: (document: { key: unknown; [name: string]: unknown }, headers: Record<string, string> = {}) =>
      call("", document.key, {
        method: "POST",
        body: document,
        headers: { "x-ms-documentdb-is-upsert": "true", ...headers },
      }),
    read: (id: string, key: unknown, headers: Record<string, string> = {}) =>
      call(`/${encodeURIComponent(id)}`, key, { headers }),
    batch: (key: unknown, operations: object[], headers: Record<string, string> = {}) =>
      call("", key, {
        method: "POST",
        body: operations,
        headers: { "x-ms-cosmos-is-batch-request": "true", "x-ms-cosmos-batch-atomic": "true", ...headers },
      }),
    documents: () => cosmos.documents("sluice/predictions"),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
