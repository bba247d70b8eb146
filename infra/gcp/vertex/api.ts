export type Pause = (ms: number) => Promise<void>;

interface Operation {
  name: string;
  done?: boolean;
  error?: { code: number; message: string };
  response?: Record<string, unknown>;
}

interface Failure extends Error {
  status: number;
}

/** A model that an endpoint has: the deployment's own number, and the model's name. */
export interface OnEndpoint {
  id: string;
  model: string;
}

/*
 * All of this becomes text in the stack's state, to be run by another process. So it refers to nothing that is not a
 * function, a literal or loaded within a function; and a token is fetched where it is used, or it would be in the state.
 */

/** One call of Vertex AI's REST API. Those that change nothing are tried again when the service is busy. */
async function call(
  pause: Pause,
  region: string,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  // The variable is that of Google's own provider; its value ends with the version.
  const base = process.env["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"] ?? `https://${region}-aiplatform.googleapis.com/v1/`;
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${await accessToken()}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(60_000),
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return text === "" ? {} : JSON.parse(text);
    const isBusy = response.status === 429 || response.status >= 500;
    if (method !== "GET" || !isBusy || attempt === 6) throw failure(`${method} ${path}`, response.status, text);
    await pause(500 * 2 ** attempt);
  }
}

/** A call that starts an operation, and the operation's end. Deploying takes some ten minutes. */
export async function finish(
  pause: Pause,
  region: string,
  method: "POST" | "DELETE",
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  let operation = (await call(pause, region, method, path, body)) as unknown as Operation;
  const every = 5_000;
  const longest = 90 * 60_000;
  for (let waited = 0; !operation.done; waited += every) {
    if (waited > longest) throw failure(`${method} ${path}`, 504, `${operation.name} does not end`);
    await pause(every);
    operation = (await call(pause, region, "GET", operation.name)) as unknown as Operation;
  }
  if (operation.error)
    throw failure(`${method} ${path}`, operation.error.code === 5 ? 404 : 500, operation.error.message);
  return operation.response ?? {};
}

/** What is already gone was not there to be removed. */
export async function finishUnlessGone(
  pause: Pause,
  region: string,
  method: "POST" | "DELETE",
  path: string,
  body?: object,
): Promise<void> {
  try {
    await finish(pause, region, method, path, body);
  } catch (thrown) {
    if ((thrown as Partial<Failure>).status !== 404) throw thrown;
  }
}

/** What is deployed on an endpoint; nothing, if that is gone. */
export async function deployedOn(pause: Pause, region: string, endpoint: string): Promise<OnEndpoint[]> {
  try {
    const { deployedModels } = (await call(pause, region, "GET", endpoint)) as { deployedModels?: OnEndpoint[] };
    return deployedModels ?? [];
  } catch (thrown) {
    if ((thrown as Partial<Failure>).status === 404) return [];
    throw thrown;
  }
}

function failure(what: string, status: number, text: string): Failure {
  return Object.assign(new Error(`Vertex AI, ${what}: ${status} ${text.slice(0, 500)}`), { status });
}

/** As Google's own provider finds it: a token, a key, or whoever is signed in. */
async function accessToken(): Promise<string> {
  const given = process.env["GOOGLE_OAUTH_ACCESS_TOKEN"];
  if (given) return given;
  const { GoogleAuth } = require("google-auth-library") as typeof import("google-auth-library");
  const key = process.env["GOOGLE_CREDENTIALS"];
  const auth = new GoogleAuth({
    scopes: "https://www.googleapis.com/auth/cloud-platform",
    ...(key && (key.trim().startsWith("{") ? { credentials: JSON.parse(key) } : { keyFilename: key })),
  });
  const token = await auth.getAccessToken();
  if (!token)
    throw new Error("There are no credentials for Google Cloud: run `gcloud auth application-default login`.");
  return token;
}
