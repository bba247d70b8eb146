import { type AzureStore, type AzureStoreOptions, azureStore } from "../../../../../adapters/azure/store";
import { type CosmosEmulator, openCosmos } from "../../../../../emulators/azure/cosmos";
import { type AzureStubAnswer, stubCredentials, withAzureStub } from "../../../../support/azure-stub";
import { closing } from "../../../../support/closing";
import type { HttpRequest, StubReply } from "../../../../support/http-stub";

export const PATH = "fraud/predictions";
export const COLLECTION = "/dbs/fraud/colls/predictions";

/** A store on an emulated container. */
export async function withContainer(
  options: Partial<AzureStoreOptions>,
  test: (store: AzureStore, cosmos: CosmosEmulator) => Promise<void>,
): Promise<void> {
  await closing(await openCosmos(), async (cosmos) => {
    const container = cosmos.createContainer(PATH, { defaultTtl: -1 });
    const store = azureStore({ container, credentials: stubCredentials(), maxAttempts: 1, ...options });
    await closing(store, () => test(store, cosmos));
  });
}

/** A store on a service that does as the test says. */
export function withStub<T>(
  answer: AzureStubAnswer,
  test: (store: AzureStore, requests: readonly HttpRequest[]) => Promise<T>,
  options: Partial<AzureStoreOptions> = {},
): Promise<T> {
  return withAzureStub(answer, async ({ endpoint, requests }) => {
    const container = endpoint + COLLECTION;
    return closing(
      azureStore({
        container,
        credentials: stubCredentials(),
        maxAttempts: 1,
        random: () => 0,
        ...options,
      }),
      (store) => test(store, requests),
    );
  });
}

/** What was sent: documents of a batch, or the one. */
export function documentsOf(request: HttpRequest): Record<string, unknown>[] {
  const body = request.json<Record<string, unknown> | { resourceBody: Record<string, unknown> }[]>();
  return Array.isArray(body) ? body.map(({ resourceBody }) => resourceBody) : [body];
}

export function writtenIds(request: HttpRequest): unknown[] {
  return request.method === "POST" ? documentsOf(request).map(({ id }) => id) : [];
}

/**
 * An answer to a write: success, or, if a batch holds one of the named documents, the status of the first such one and 424
 * for all the others; `more` is what the service says of it besides.
 */
export function written(
  request: HttpRequest,
  statuses: Readonly<Record<string, number>> = {},
  more: object = {},
): StubReply {
  const ids = writtenIds(request).map(String);
  const culprit = ids.findIndex((id) => statuses[id] !== undefined);
  const status = statuses[ids[culprit] ?? ""] ?? 201;
  if (!Array.isArray(request.json<unknown>())) return { status, body: "" };
  if (culprit === -1) return { body: ids.map(() => ({ statusCode: 201, requestCharge: 5 })) };
  return {
    status: 207,
    body: ids.map((_, i) => (i === culprit ? { statusCode: status, ...more } : { statusCode: 424 })),
  };
}
