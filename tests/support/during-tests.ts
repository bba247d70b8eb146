import { afterAll, beforeAll } from "@jest/globals";

/** Opened before a file's tests and closed after them; to be asked for within them. */
export function duringTests<Opened extends { close(): Promise<void> }>(open: () => Promise<Opened>): () => Opened {
  let opened: Opened | undefined;

  beforeAll(async () => {
    opened = await open();
  });

  afterAll(async () => {
    await opened?.close();
  });

  return () => {
    if (opened === undefined) throw new Error("They are there once the tests run.");
    return opened;
  };
}
