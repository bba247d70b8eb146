import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { type Column, openBigQuery } from "../../../../emulators/gcp/bigquery";
import { manualClock } from "../../../support/manual-clock";
import { opened } from "../opened";
import { rest } from "./clients";

const COLUMNS: Column[] = [
  { name: "id", type: "STRING", mode: "REQUIRED" },
  { name: "score", type: "FLOAT" },
  { name: "time", type: "TIMESTAMP" },
  { name: "tags", type: "STRING", mode: "REPEATED" },
  { name: "more", type: "JSON" },
  { name: "record", type: "RECORD", fields: [{ name: "n", type: "INTEGER", mode: "REQUIRED" }] },
];
const ROOT = path.join(__dirname, "../../../..");

async function table(clock = manualClock()) {
  const emulator = await opened(openBigQuery({ clock }));
  emulator.createTable("p.d.t", COLUMNS);
  const project = `${emulator.endpoint}/bigquery/v2/projects/p`;
  const url = `${project}/datasets/d/tables/t`;
  return {
    emulator,
    clock,
    url,
    insertAll: (body: object) => rest(`${url}/insertAll`, "POST", body),
    ids: () => emulator.rows("p.d.t").map(({ id }) => id),
    query: (query: string) => rest(`${project}/queries`, "POST", { query }),
  };
}

it("the official client makes datasets and tables, inserts, lists and queries", async () => {
  const emulator = await opened(openBigQuery());
  const script = [path.join(__dirname, "bigquery-client.ts")];
  const env = { ...process.env, BIGQUERY_EMULATOR_HOST: emulator.endpoint, METADATA_SERVER_DETECTION: "none" };
  const register = path.join(ROOT, "tools/register.cjs");

  const { stdout } = await promisify(execFile)(process.execPath, ["-r", register, ...script], { cwd: ROOT, env });

  const rows = [
    { id: "a", score: 0.5, time: { value: "2026-01-01T00:00:00.123456000Z" }, count: 3 },
    { id: "b", score: null, time: null, count: null },
    { id: "c", score: null, time: null, count: null },
  ];
  expect(JSON.parse(stdout)).toMatchObject({
    duplicate: { code: 409, errors: [{ reason: "duplicate" }] },
    missing: { code: 404, errors: [{ reason: "notFound" }] },
    partial: {
      name: "PartialFailureError",
      errors: [
        { row: { id: "d" }, errors: [{ reason: "stopped" }] },
        { row: { id: "e" }, errors: [{ reason: "invalid", message: "no such field: unknown." }] },
      ],
    },
    rows,
    queried: rows,
    counted: [{ n: 3 }],
    other: { code: 501 },
  });
  expect(emulator.rows("p.d.t")).toHaveLength(3);
}, 30_000);

describe("insertAll", () => {
  it("keeps rows as they are given", async () => {
    const { insertAll, emulator, url } = await table();
    const row = { id: "a", score: 0.5, time: 1.5, tags: ["x"], more: '{"n":1}', record: { n: "7" } };

    const { status, json } = await insertAll({ rows: [{ json: row }] });

    expect([status, json]).toEqual([200, { kind: "bigquery#tableDataInsertAllResponse" }]);
    expect(emulator.rows("p.d.t")).toEqual([row]);
    expect((await rest(`${url}/data`)).json).toMatchObject({
      rows: [
        {
          f: [
            { v: "a" },
            { v: "0.5" },
            { v: "1.5" },
            { v: [{ v: "x" }] },
            { v: '{"n":1}' },
            { v: { f: [{ v: "7" }] } },
          ],
        },
      ],
    });
  });

  it("keeps out a row that is not of the schema, and with it all others", async () => {
    const { insertAll, ids } = await table();

    const { json } = await insertAll({ rows: [{ json: { id: "a" } }, { json: { id: "b", unknown: 1 } }] });

    expect(json).toMatchObject({
      insertErrors: [
        { index: 0, errors: [{ reason: "stopped" }] },
        { index: 1, errors: [{ reason: "invalid", location: "unknown", message: "no such field: unknown." }] },
      ],
    });
    expect(ids()).toEqual([]);
  });

  it("keeps the others if it is to skip what is invalid, and takes what it does not know if it is to ignore that", async () => {
    const { insertAll, ids } = await table();

    const { json } = await insertAll({ skipInvalidRows: true, rows: [{ json: { score: 1 } }, { json: { id: "b" } }] });
    await insertAll({ ignoreUnknownValues: true, rows: [{ json: { id: "c", unknown: 1 } }] });

    expect(json).toMatchObject({ insertErrors: [{ index: 0, errors: [{ location: "id" }] }] });
    expect(ids()).toEqual(["b", "c"]);
  });

  it.each([
    ["no value for what is required", {}],
    ["a number that is none", { id: "a", score: "much" }],
    ["a time that is none", { id: "a", time: "yesterday" }],
    ["a list where there is none", { id: ["a"] }],
    ["no list where there is one", { id: "a", tags: "x" }],
    ["an object where JSON is text", { id: "a", more: { n: 1 } }],
    ["a record without what it requires", { id: "a", record: {} }],
  ])("finds %s invalid", async (_, json) => {
    const { insertAll } = await table();

    expect((await insertAll({ rows: [{ json }] })).json).toMatchObject({
      insertErrors: [{ errors: [{ reason: "invalid" }] }],
    });
  });

  it("knows a row again by its ID for a minute", async () => {
    const { insertAll, ids, clock } = await table();
    const insert = (insertId: string | undefined) =>
      insertAll({ rows: [{ insertId, json: { id: insertId ?? "none" } }] });

    for (const insertId of ["1", "1", "2", undefined, undefined]) await insert(insertId);
    const before = ids();
    await clock.advance(60_001);
    await insert("1");

    expect(before).toEqual(["1", "2", "none", "none"]);
    expect(ids()).toEqual([...before, "1"]);
  });

  it("refuses what is too large or empty", async () => {
    const { insertAll } = await table();
    const rows = Array.from({ length: 50_001 }, () => ({ json: { id: "a" } }));

    expect((await insertAll({ rows })).status).toBe(400);
    expect((await insertAll({ rows: [] })).status).toBe(400);
    expect((await insertAll({ rows: [{ json: { id: "x".repeat(10_000_000) } }] })).status).toBe(413);
  });
});

it("a list of rows comes in pages", async () => {
  const { insertAll, url } = await table();
  await insertAll({ rows: ["a", "b", "c"].map((id) => ({ json: { id } })) });

  const first = (await rest(`${url}/data?maxResults=2`)).json as { rows: object[]; pageToken: string };
  const second = (await rest(`${url}/data?maxResults=2&pageToken=${first.pageToken}`)).json as { rows: object[] };

  expect([...first.rows, ...second.rows]).toMatchObject(
    ["a", "b", "c"].map((v) => ({ f: [{ v }, {}, {}, {}, {}, {}] })),
  );
  expect(second).not.toHaveProperty("pageToken");
});

it.each([
  ["a table that is not there", "SELECT * FROM d.none", 404],
  ["a column", "SELECT id FROM `p.d.t`", 501],
  ["a condition", "SELECT * FROM `p.d.t` WHERE id = 'a'", 501],
  ["a change", "DELETE FROM d.t", 501],
])("a query for %s is refused", async (_, sql, status) => {
  const { query } = await table();

  expect((await query(sql)).status).toBe(status);
});
