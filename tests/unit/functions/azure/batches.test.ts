import { afterEach, describe, expect, it } from "@jest/globals";
import type { TelemetryEvent } from "sluice";
import { systemClock } from "../../../../adapters/system";
import { storageFailure } from "../../../support/azure-stub";
import { event } from "../../../support/records";
import { away, cleanUp, counting, setting } from "./setting";

afterEach(cleanUp);

describe("the archive", () => {
  it("has all messages of a batch as they came, those that are dead letters too", async () => {
    const { invoke, archived } = await archiving();

    await invoke([event(1), '{"broken'], { first: 70, partition: "3" });

    expect(archived()).toEqual([
      expect.objectContaining({ sequence: 70, body: JSON.stringify(event(1)) }),
      expect.objectContaining({ sequence: 71, body: '{"broken' }),
    ]);
  });

  it("is written once, however often the batch comes, and holds what was done before too", async () => {
    const { store, fail } = away();
    fail(["k1"]);
    const { invoke, archived, puts } = await archiving({ store, clock: systemClock });

    await expect(invoke([event(0), event(1)])).rejects.toMatchObject({ code: "unavailable" });
    fail([]);
    await invoke([event(0), event(1)], { retryCount: 1 });

    expect([archived().length, puts()]).toEqual([2, 1]);
  });

  it("has the batch handed back while it is away; what is processed by then is not processed again", async () => {
    const scored: number[] = [];
    let failures = 1;
    const { invoke, archived } = await archiving({
      infer: counting(scored),
      answer: ({ path }) =>
        path.startsWith("/raw/") && failures-- > 0 ? storageFailure(403, "AuthorizationFailure") : undefined,
    });

    await expect(invoke([event(0), event(1)])).rejects.toMatchObject({ stage: "archive" });
    await invoke([event(0), event(1)], { retryCount: 1 });

    expect([archived().length, scored]).toEqual([2, [2]]);
  });

  it("gets all messages also from a process that has handed back the batch before it got there", async () => {
    const { store, fail } = away();
    fail(["k1"]);
    let failures = 1;
    const { invoke, archived } = await archiving({
      store,
      clock: systemClock,
      answer: ({ path }) =>
        path.startsWith("/raw/") && failures-- > 0 ? storageFailure(403, "AuthorizationFailure") : undefined,
    });

    await expect(invoke([event(0), event(1)])).rejects.toMatchObject({ code: "unavailable" });
    fail([]);
    await invoke([event(0), event(1)], { retryCount: 1 });

    expect(archived().map(({ sequence }) => sequence)).toEqual([0, 1]);
  });
});

describe("a batch whose process has ended", () => {
  it("runs message by message; what has ended three processes is kept as dead letters, one per event", async () => {
    const told: TelemetryEvent[] = [];
    const { invoke, mark, written, letters, blobs, log } = await setting({ telemetry: (one) => told.push(one) });
    mark("0", { sequence: "1", crashes: 2, state: "running" });

    await invoke([event(0), [event(1), event(2)], event(3)], { retryCount: 4 });

    expect(letters().map(({ code, body }) => [code, JSON.parse(body).id])).toEqual([
      ["internal", "e1"],
      ["internal", "e2"],
    ]);
    // What is before it was done.
    expect(written().map(({ id }) => id)).toEqual(["e3"]);
    expect(told).toContainEqual(expect.objectContaining({ received: 2, deadLettered: 2, reasons: { internal: 2 } }));
    expect(blobs("letters/suspects/")).toEqual([]);
    expect(log.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: "warning", message: expect.stringContaining("has ended 3 processes") }),
    );
  });

  it("announces each message before it runs", async () => {
    const { invoke, paths } = await setting();

    await invoke([event(0), event(1)], { retryCount: 1 });

    const marker = "/letters/suspects/hub/sluice/0.json";
    const docs = "POST /dbs/d/colls/c/docs";
    const [put, get, remove] = [`PUT ${marker}`, `GET ${marker}`, `DELETE ${marker}`];
    expect(paths).toEqual([get, put, docs, put, put, docs, put, remove]);
  });
});

/** A function with an archive, in which the test can look. */
async function archiving(given: Parameters<typeof setting>[0] = {}) {
  const archive = await setting(given.answer === undefined ? {} : { answer: given.answer });
  const { answer: _, ...rest } = given;
  const { invoke } = await setting({ ...rest, settings: { archive: archive.url("raw") } });
  return {
    invoke,
    archived: () =>
      archive
        .blobs("raw/")
        .flatMap((text) => text.trim().split("\n"))
        .map((line) => JSON.parse(line) as { sequence: number; body: string }),
    puts: () => archive.paths.length,
  };
}
