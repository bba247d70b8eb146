import { spawn } from "node:child_process";
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "@jest/globals";
import { ConfigError, SluiceError } from "sluice";
import { openLocal } from "../../../../adapters/local";
import { sqliteError } from "../../../../adapters/local/sqlite/errors";
import { manualClock } from "../../../support/manual-clock";
import { all, rowBatch, testPipeline } from "../../../support/records";
import { database, filesOf, locked, publishing, temporaryDirectory } from "./support";

/** What the user is told. */
function mistake(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was no mistake");
}

describe("a directory that cannot be used", () => {
  it("is refused where it cannot be created", () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");

    const error = mistake(() => database({ directory: join(file, "below") }));

    expect(error.what).toMatch(/cannot be created \(ENOTDIR\)/);
    expect(error.fix).toMatch(/may write/);
  });

  it("is refused where its files cannot be opened", () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "control.db"));

    const error = mistake(() => database({ directory }));

    expect(error.where).toBe(join(directory, "control.db"));
    expect(error.what).toMatch(/cannot be opened/);
  });

  it("is refused where its files are read-only", () => {
    const error = mistake(() => sqliteError(thrown(8), place));

    expect(error.what).toMatch(/read-only/);
    expect(error.fix).toMatch(/right to write/);
  });

  it("is refused where there is no database and none is to be created", () => {
    const directory = temporaryDirectory();

    expect(mistake(() => database({ directory, create: false })).what).toMatch(/no database/);
    expect(mistake(() => database({ directory, pipeline: undefined })).what).toMatch(/no database/);
  });
});

describe("a file that is not the right one", () => {
  it("is refused when it is no SQLite database", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "control.db"), "hello, hello ".repeat(1_000));

    const error = mistake(() => database({ directory }));

    expect(error.what).toMatch(/not a SQLite database/);
    expect(error.fix).toMatch(/new one/);
  });

  it("is refused when it is another program's database, and is left as it was", () => {
    const directory = temporaryDirectory();
    const file = join(directory, "control.db");
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE theirs (a)");
    other.close();

    const error = mistake(() => database({ directory }));

    expect(error.what).toMatch(/not one of Sluice/);
    expect(new DatabaseSync(file).prepare("SELECT name FROM sqlite_schema").all()).toEqual([
      expect.objectContaining({ name: "theirs" }),
    ]);
  });

  it("is refused when it has another version of the format", async () => {
    const directory = temporaryDirectory();
    await database({ directory }).close();
    const file = new DatabaseSync(join(directory, "control.db"));
    file.exec("PRAGMA user_version = 99");
    file.close();

    const error = mistake(() => database({ directory }));

    expect(error.what).toMatch(/version 99 .* version 1/);
  });

  it("is refused when it belongs to another pipeline", async () => {
    const directory = temporaryDirectory();
    await database({ directory }).close();

    const error = mistake(() => database({ directory, pipeline: { ...testPipeline, name: "other" } }));

    expect(error.what).toBe('its pipeline is "test-pipeline", not "other".');
    expect(error.fix).toMatch(/its own directory/);
  });

  it("is refused when it came from another database's directory", async () => {
    const [one, two] = [temporaryDirectory(), temporaryDirectory()];
    const elsewhere = database({ directory: one, partitions: 1, clock: manualClock({ start: 0 }) });
    await elsewhere.ingest.publish(publishing(1));
    await elsewhere.close();
    const db = database({ directory: two, partitions: 1 });
    copyFileSync(join(one, "log-0.db"), join(two, "log-0.db"));

    expect(() => db.stats()).toThrow(ConfigError);
  });

  it("is refused when it is damaged", async () => {
    const directory = temporaryDirectory();
    const before = database({ directory, partitions: 1 });
    await before.store.write(rowBatch(500));
    await before.close();
    const bytes = Buffer.alloc(40_000, 0x5a);
    const file = openSync(join(directory, "store-0.db"), "r+");
    writeSync(file, bytes, 0, bytes.length, 8_192);
    closeSync(file);
    const db = database({ directory });

    await expect(all(db.store.query({ limit: 500 }))).rejects.toThrow(/damaged/);
  });

  it("is refused when another number of partitions is asked for", async () => {
    const directory = temporaryDirectory();
    await database({ directory, partitions: 3 }).close();

    const error = mistake(() => database({ directory, partitions: 4 }));

    expect(error.what).toMatch(/has 3 partitions/);
    expect(database({ directory }).partitions).toBe(3);
    expect(mistake(() => database({ partitions: 0 })).what).toMatch(/0 is not a number of partitions/);
  });
});

describe("a busy database", () => {
  it("fails as unavailable once the waiting time is over, so that the call is tried again", () => {
    const directory = temporaryDirectory();
    const files = filesOf(directory);
    const unlock = locked(files.control.file);

    const write = () => files.control.write(() => {});

    expect(write).toThrow(/locked/);
    unlock();
    expect(write).not.toThrow();
  });

  it.each([
    [5, "unavailable"],
    [6, "unavailable"],
    [7, "unavailable"],
    [10 | (3 << 8), "unavailable"],
    [13, "unavailable"],
    [18, "store-rejected"],
    [1, "internal"],
    [19, "internal"],
  ])("turns SQLite's result code %i into `%s`", (errcode, code) => {
    expect(sqliteError(thrown(errcode), place)).toMatchObject({ code, stage: "store", adapter: "local/store" });
  });

  it("passes our own errors on, and calls everything else internal", () => {
    const ours = new SluiceError("lease-lost", "preprocess", "gone");

    expect(sqliteError(ours, place)).toBe(ours);
    expect(sqliteError(new TypeError("oops"), place)).toMatchObject({ code: "internal", message: "oops" });
    expect(() => sqliteError(new ConfigError("a", "b", "c"), place)).toThrow(ConfigError);
  });
});

describe("opening", () => {
  it("creates one database when several processes do it at the same moment", async () => {
    const directory = join(temporaryDirectory(), "new");
    const root = resolve(__dirname, "../../../..");
    const script = `
      const { openLocal } = require("./adapters/local");
      const { testPipeline } = require("./tests/support/records.ts");
      const db = openLocal({ directory: process.argv[1], pipeline: testPipeline, partitions: 3 });
      db.ingest.publish({ keys: ["a", "b", "c", "d"], bodies: ["1", "2", "3", "4"] })
        .then((report) => { if (report.accepted !== 4) process.exit(3); return db.close(); });`;
    const run = () =>
      new Promise<number | null>((done) =>
        spawn(process.execPath, ["--require", "./tools/register.cjs", "-e", script, directory], {
          cwd: root,
          stdio: "inherit",
        }).on("exit", done),
      );

    const codes = await Promise.all([run(), run(), run(), run()]);

    expect(codes).toEqual([0, 0, 0, 0]);
    expect(database({ directory }).stats().events).toBe(16);
  }, 30_000);

  it("works without a pipeline on a database that exists", async () => {
    const directory = temporaryDirectory();
    await database({ directory, partitions: 1 }).ingest.publish(publishing(2));
    const db = database({ directory, pipeline: undefined });

    expect(db.name).toBe("test-pipeline");
    expect(db.stats()).toMatchObject({ events: 2, predictions: 0, deadLetters: {} });
  });

  it("uses the system's clock and five seconds of patience by default", async () => {
    const db = openLocal({ directory: temporaryDirectory(), pipeline: testPipeline });

    await db.ingest.publish(publishing(1));

    const [message] = await all(db.archive.read({ from: Date.now() - 60_000 }));
    expect(message?.offset).toBe("1");
    expect(db.partitions).toBe(2);
    await db.close();
  });

  it("leaves no write-ahead log behind when it is closed", async () => {
    const directory = temporaryDirectory();
    const db = database({ directory, partitions: 1 });
    await db.ingest.publish(publishing(2));
    await db.store.write(rowBatch(2));

    await db.close();
    await db.close();

    expect(readdirSync(directory).sort()).toEqual(["control.db", "log-0.db", "store-0.db"]);
  });

  it("keeps no read transaction open that would stop the write-ahead log from shrinking", async () => {
    const directory = temporaryDirectory();
    const db = database({ directory, partitions: 1, ingest: { maxEventsPerMessage: 1 } });
    await db.ingest.publish(publishing(50));
    const consumer = db.consumer({ batchEvents: 3 });
    consumer.balance();
    consumer.next();
    const archive = db.archive.read({})[Symbol.asyncIterator]();
    await archive.next();

    const other = new DatabaseSync(join(directory, "log-0.db"));
    const result = other.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    other.close();

    expect(result).toMatchObject({ busy: 0, log: 0 });
  });
});

describe("runs", () => {
  it("are recognized by their arguments, finished or interrupted", () => {
    const db = database();
    db.runs.start({ id: "r1", argumentsHash: "h" });

    const interrupted = db.runs.find("h");
    db.runs.start({ id: "r1", argumentsHash: "h" });
    const finished = db.runs.finish("r1", { stored: 3 });

    expect(interrupted).toMatchObject({ id: "r1", finishedAt: undefined, summary: undefined });
    expect(finished).toMatchObject({ id: "r1", summary: { stored: 3 } });
    expect(db.runs.find("h")).toEqual(finished);
    expect(db.runs.find("other")).toBeUndefined();
    expect(db.runs.list(10)).toEqual([finished]);
  });

  it("forget their end when they are started again", () => {
    const db = database();
    const first = db.runs.start({ id: "r1", argumentsHash: "h" });
    db.runs.finish("r1", {});

    const again = db.runs.start({ id: "r1", argumentsHash: "h" });

    expect(again).toEqual(first);
    expect(mistake(() => db.runs.finish("r2", {})).what).toMatch(/no run "r2"/);
  });
});

const place = { stage: "store", adapter: "local/store", file: "store-0.db" } as const;

/** An error as node:sqlite throws it. */
function thrown(errcode: number): Error {
  return Object.assign(new Error("from SQLite"), { code: "ERR_SQLITE_ERROR", errcode });
}
