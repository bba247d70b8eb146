import type { IncomingMessage } from "node:http";
import type { Method } from "../../grpc";
import { RpcError, sendJson, sendRpcError } from "../../grpc";
import { type Handler, readBody } from "../../listen";
import { fromJson, toJson } from "./codec";
import type { TokenIssuer } from "./oidc";
import type { PublisherMethods } from "./publisher";
import type { SubscriberMethods } from "./subscriber";

type Methods = PublisherMethods & SubscriberMethods;

/** Where the public keys of the push tokens are, as those of Google's are below https://www.googleapis.com. */
export const KEYS_PATH = "/oauth2/v3/certs";

/** By verb, collection and what follows the name: the method, and the field that takes the name. */
const ROUTES: Readonly<Record<string, readonly [keyof Methods, string]>> = {
  "PUT topics": ["createTopic", "name"],
  "GET topics": ["getTopic", "topic"],
  "DELETE topics": ["deleteTopic", "topic"],
  "POST topics:publish": ["publish", "topic"],
  "GET topics/subscriptions": ["listTopicSubscriptions", "topic"],
  "PUT subscriptions": ["createSubscription", "name"],
  "GET subscriptions": ["getSubscription", "subscription"],
  "DELETE subscriptions": ["deleteSubscription", "subscription"],
  "POST subscriptions:pull": ["pull", "subscription"],
  "POST subscriptions:acknowledge": ["acknowledge", "subscription"],
  "POST subscriptions:modifyAckDeadline": ["modifyAckDeadline", "subscription"],
  "POST subscriptions:modifyPushConfig": ["modifyPushConfig", "subscription"],
  "POST subscriptions:seek": ["seek", "subscription"],
};
const LISTS: Readonly<Record<string, keyof Methods>> = {
  "GET topics": "listTopics",
  "GET subscriptions": "listSubscriptions",
};

const RESOURCE = /^\/v1\/(projects\/[^/]+\/(topics|subscriptions)\/[^/:]+)(:\w+|\/subscriptions)?$/;
const COLLECTION = /^\/v1\/(projects\/[^/]+)\/(topics|subscriptions)$/;
/** The whole of a request, base64 and all. */
const MAX_BODY_BYTES = 10_485_760;

interface Call {
  method: keyof Methods;
  request: object;
}

/** The same methods by HTTP and JSON: https://cloud.google.com/pubsub/docs/reference/rest */
export function rest(methods: Methods, tokens: TokenIssuer): Handler {
  return async (request, response) => {
    const url = new URL(request.url ?? "/", "http://emulator");
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      if (url.pathname === KEYS_PATH) return sendJson(response, await tokens.keys());
      const body = await readJson(request);
      if (body === undefined) return;
      const call = callOf(request.method ?? "", url, body);
      const method = methods[call.method] as Method<object, object>;
      sendJson(response, toJson(await method(fromJson<object>(call.request), gone.signal)));
    } catch (thrown) {
      sendRpcError(response, thrown);
    }
  };
}

function callOf(verb: string, url: URL, body: object): Call {
  const path = decodeURIComponent(url.pathname);
  const [, name = "", kind = "", action = ""] = RESOURCE.exec(path) ?? [];
  if (`${verb} ${kind}${action}` === "PATCH subscriptions") return update(name, body);
  const route = ROUTES[`${verb} ${kind}${action}`];
  if (route !== undefined) return { method: route[0], request: { ...paging(url), ...body, [route[1]]: name } };
  const [, project = "", collection = ""] = COLLECTION.exec(path) ?? [];
  const list = LISTS[`${verb} ${collection}`];
  if (list !== undefined) return { method: list, request: { ...paging(url), project } };
  throw new RpcError("NOT_FOUND", `The emulator has no ${verb} ${path}.`);
}

/** A mask is one text here, `"ackDeadlineSeconds,retryPolicy"`. */
function update(name: string, body: { subscription?: object; updateMask?: string }): Call {
  const paths = body.updateMask?.split(",").filter((path) => path !== "");
  return {
    method: "updateSubscription",
    request: { subscription: { ...body.subscription, name }, updateMask: { paths } },
  };
}

function paging({ searchParams }: URL): object {
  return Object.fromEntries([...searchParams].filter(([field]) => field === "pageSize" || field === "pageToken"));
}

/** Undefined if the client went away. */
async function readJson(request: IncomingMessage): Promise<object | undefined> {
  const body = await readBody(request);
  if (body === undefined || body.length === 0) return body && {};
  if (body.length > MAX_BODY_BYTES)
    throw new RpcError("INVALID_ARGUMENT", `Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`);
  const value = parse(body);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new RpcError("INVALID_ARGUMENT", "Invalid JSON payload received.");
  return value;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
