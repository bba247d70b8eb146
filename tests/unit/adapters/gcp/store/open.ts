import { documentId, type GcpStore, type GcpStoreOptions, gcpStore } from "../../../../../adapters/gcp/store";
import { type Document, type FirestoreEmulator, openFirestore } from "../../../../../emulators/gcp/firestore";
import { closing } from "../../../../support/closing";
import { type GcpStubAnswer, withGcpStub } from "../../../../support/gcp-stub";
import type { HttpRequest, StubReply } from "../../../../support/http-stub";

export const COLLECTION = "projects/p/databases/d/documents/predictions";
export const RESULTS = "projects/p/topics/results";

/** A store on an emulated database. */
export async function withDatabase(
  options: Partial<GcpStoreOptions>,
  test: (store: GcpStore, database: FirestoreEmulator) => Promise<void>,
): Promise<void> {
  await closing(await openFirestore(), async (database) => {
    const endpoint = `http://${database.endpoint}`;
    const store = gcpStore({ collection: COLLECTION, endpoint, maxAttempts: 1, ...options });
    await closing(store, () => test(store, database));
  });
}

/** A store on a service that does as the test says. */
export function withStub<T>(
  answer: GcpStubAnswer,
  test: (store: GcpStore, requests: readonly HttpRequest[]) => Promise<T>,
  options: Partial<GcpStoreOptions> = {},
): Promise<T> {
  return withGcpStub(answer, async ({ endpoint, requests }) => {
    return closing(
      gcpStore({ collection: COLLECTION, endpoint, maxAttempts: 1, random: () => 0, ...options }),
      (store) => test(store, requests),
    );
  });
}

/** The document as Firestore holds it. */
export function rawDocument(database: FirestoreEmulator, id: string): Document | undefined {
  return database.documents(COLLECTION).find(({ name }) => name === `${COLLECTION}/${id}`);
}

interface Writes {
  writes: { update: { name: string; fields: { id: { stringValue: string } } } }[];
}

/** Ids of the events in a batchWrite, in order. */
export function writtenIds(request: HttpRequest): string[] {
  if (!request.path.endsWith(":batchWrite")) return [];
  return request.json<Writes>().writes.map(({ update }) => update.fields.id.stringValue);
}

/** An answer to a batchWrite: a gRPC code for each event that is named, and success for the others. */
export function statuses(request: HttpRequest, codes: Readonly<Record<string, number>> = {}): StubReply {
  const ids = writtenIds(request);
  return {
    body: {
      writeResults: ids.map(() => ({})),
      status: ids.map((id) => (codes[id] === undefined ? {} : { code: codes[id], message: "text of the service" })),
    },
  };
}

export const documentName = (key: string, id: string) => `${COLLECTION}/${documentId(key, id)}`;
