import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { loadPipeline } from "../../../adapters/pipeline-file";
import { emptyDatabase, openDatabase } from "../../../cli/database";
import { ConfigError } from "../../../shared/errors";
import { scratch } from "../../support/cli";

const { pipeline } = loadPipeline();

describe("a database directory", () => {
  it("is emptied of the database alone", async () => {
    const directory = path.join(scratch(), "db");
    await (await openDatabase({ directory, pipeline })).close();
    writeFileSync(path.join(directory, "notes.txt"), "mine");

    const emptied = await emptyDatabase(directory, pipeline);

    expect(emptied).toBe(true);
    expect(readdirSync(directory)).toEqual(["notes.txt"]);
  });

  it("is not emptied if it belongs to another pipeline", async () => {
    const directory = path.join(scratch(), "db");
    await (await openDatabase({ directory, pipeline })).close();

    const emptying = emptyDatabase(directory, { ...pipeline, name: "another" });

    await expect(emptying).rejects.toThrow(ConfigError);
    expect(existsSync(path.join(directory, "control.db"))).toBe(true);
  });

  it.each([
    ["emptied", emptyDatabase],
    ["used", (directory: string) => openDatabase({ directory, pipeline })],
  ])("is not %s if it holds something else", async (_, use) => {
    const directory = scratch();
    writeFileSync(path.join(directory, "thesis.doc"), "mine");

    const using = use(directory, pipeline);

    await expect(using).rejects.toThrow("holds other things");
    expect(readdirSync(directory)).toEqual(["thesis.doc"]);
  });

  it("need not be there to be emptied", async () => {
    const directory = path.join(scratch(), "none");

    expect(await emptyDatabase(directory, pipeline)).toBe(false);
    expect(existsSync(directory)).toBe(false);
  });

  it("may be empty and there already", async () => {
    const directory = path.join(scratch(), "db");
    mkdirSync(directory);

    const database = await openDatabase({ directory, pipeline });

    expect(database.name).toBe("card-fraud");
    await database.close();
  });
});
