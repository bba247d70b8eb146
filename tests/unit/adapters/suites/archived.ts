import { expect, it } from "@jest/globals";
import type { Archive, ArchivedMessage, ArchiveQuery } from "sluice";
import { errorOf } from "../../../support/contract";

/** The hour that the archives of the tests are of. */
export const HOUR = Date.UTC(2026, 0, 31, 23);
export const MINUTE = 60_000;

/** What is read up to an error, and the error. */
export async function readUpToError(
  archive: Archive,
  query: ArchiveQuery,
): Promise<[found: ArchivedMessage[], error: unknown]> {
  const found: ArchivedMessage[] = [];
  const error = await errorOf(
    (async () => {
      for await (const message of archive.read(query)) found.push(message);
    })(),
  );
  return [found, error];
}

/** Times that somebody may ask for who means "any". */
export const ODD_TIMES = [-8.64e15, Number.NEGATIVE_INFINITY, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY];

/** That a query may have any times; `read` is of an archive with one message, which is of the hour. */
export function takesAnyBounds(read: (query: ArchiveQuery) => Promise<readonly unknown[]>): void {
  it("takes any bounds", async () => {
    for (const from of ODD_TIMES)
      for (const to of ODD_TIMES) expect(await read({ from, to })).toHaveLength(from < HOUR && to > HOUR ? 1 : 0);
  });
}
