import type { DeadLetter, Ingest, PublishReport, StoredPrediction } from "sluice";
import { json, type TestEvent } from "./records";

/** A deployed pipeline on emulated services: producer, function, stores. */
export interface CloudPath {
  readonly ingest: Ingest;
  stored(): Promise<StoredPrediction[]>;
  letters(): Promise<DeadLetter[]>;
  /** As they arrived, with repeats. */
  actions(): { id: string; eventId: string }[];
}

/** Each event under its own key. Throws where one of them failed. */
export async function publishEvents(
  { ingest }: Pick<CloudPath, "ingest">,
  events: readonly Pick<TestEvent, "key">[],
): Promise<PublishReport> {
  const report = await ingest.publish({ keys: events.map(({ key }) => key), bodies: events.map(json) });
  if (report.failures[0]) throw report.failures[0].error;
  return report;
}

/** Of the events that are stored, sorted. */
export async function idsOf(path: Pick<CloudPath, "stored">): Promise<string[]> {
  return (await path.stored()).map(({ id }) => id).sort();
}

/** What is stored, without what differs from run to run, by id. */
export async function rowsOf(path: Pick<CloudPath, "stored">): Promise<Omit<StoredPrediction, "storedAt">[]> {
  const rows = await path.stored();
  return rows.map(({ storedAt, ...row }) => row).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Sorted, byte by byte, as text: of megabytes in a buffer, the matchers compare every one as an element. */
export function bodiesOf(letters: readonly DeadLetter[]): string[] {
  return letters.map(({ body }) => Buffer.from(body).toString("latin1")).sort();
}
