import type { Clock } from "../../shared/clock";
import { systemClock } from "../clock";
import { type GrpcListener, listenGrpc } from "../grpc";
import type { ListenOptions } from "../listen";
import { createDocuments } from "./firestore/documents";
import { grpcServices } from "./firestore/grpc";
import type { Document } from "./firestore/model";
import { createOperations } from "./firestore/operations";
import { restHandler } from "./firestore/rest";

export type { Document, Fields, Value } from "./firestore/model";

export interface FirestoreOptions extends ListenOptions {
  clock?: Clock | undefined;
}

/**
 * Firestore in this process, in memory: gRPC and REST on one port, any project and database. As in the service: atomic
 * commits, batches whose writes fail alone, preconditions, transforms, transactions by optimistic concurrency (a conflict is
 * ABORTED), queries and their order, 1 MiB per document, 500 writes and 10 MiB per request.
 *
 * Not as in the service: fields with a time to live are kept, every query finds an index, long values are sorted by more than
 * their first 1,500 bytes, nobody is asked for a token, and there is nothing to listen to (`Listen`, `Write`).
 */
export interface FirestoreEmulator extends GrpcListener {
  /** What is in a collection, `projects/P/databases/D/documents/C`, by name: for tests. */
  documents(collection: string): readonly Document[];
}

export async function openFirestore({
  clock = systemClock,
  ...options
}: FirestoreOptions = {}): Promise<FirestoreEmulator> {
  const documents = createDocuments();
  const operations = createOperations(documents, clock);
  const listener = await listenGrpc({
    ...options,
    services: grpcServices(operations),
    handle: restHandler(operations),
  });
  return { ...listener, documents: documents.list };
}
