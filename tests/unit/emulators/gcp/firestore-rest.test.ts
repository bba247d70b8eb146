import { describe, expect, it } from "@jest/globals";
import { openFirestore } from "../../../../emulators/gcp/firestore";
import { manualClock } from "../../../support/manual-clock";
import { opened } from "../opened";
import { firestoreClient, rest } from "./clients";

const ROOT = "projects/p/databases/d/documents";
const name = (id: string) => `${ROOT}/c/${id}`;
const set = (id: string, fields: object = {}) => ({ update: { name: name(id), fields } });
const text = (stringValue: string) => ({ stringValue });

async function firestore(clock = manualClock()) {
  const emulator = await opened(openFirestore({ clock }));
  const base = `http://${emulator.endpoint}/v1/${ROOT}`;
  return {
    emulator,
    clock,
    base,
    post: (verb: string, body: object = {}) => rest(`${base}:${verb}`, "POST", body),
    get: (path: string) => rest(base + path),
    send: (method: string, path: string, body?: object) => rest(base + path, method, body),
  };
}

describe("a commit by REST", () => {
  it("answers with a result per write and the time", async () => {
    const { post, emulator } = await firestore();

    const { status, json } = await post("commit", {
      writes: [set("a", { n: { integerValue: "1" } }), { delete: name("b") }],
    });

    const updateTime = "2026-01-01T00:00:00Z";
    expect([status, json]).toEqual([200, { writeResults: [{ updateTime }, {}], commitTime: updateTime }]);
    expect(emulator.documents(`${ROOT}/c`)).toEqual([
      { name: name("a"), fields: { n: { integerValue: "1" } }, createTime: updateTime, updateTime },
    ]);
  });

  it("that fails says why, as google.rpc.Status, and changes nothing", async () => {
    const { post, emulator } = await firestore();

    const { status, json } = await post("commit", {
      writes: [set("a"), { ...set("b"), currentDocument: { exists: true } }],
    });

    const message = `No document to update: ${name("b")}`;
    expect([status, json]).toEqual([404, { error: { code: 404, message, status: "NOT_FOUND" } }]);
    expect(emulator.documents(`${ROOT}/c`)).toEqual([]);
  });
});

it("keeps a sum of integers within 64 bits", async () => {
  const { post, emulator } = await firestore();
  const largest = "9223372036854775807";
  const increment = { integerValue: "2" };

  const { json } = await post("commit", {
    writes: [
      set("a", { n: { integerValue: largest }, m: { integerValue: "-5" } }),
      {
        ...set("a"),
        updateMask: {},
        updateTransforms: [
          { fieldPath: "n", increment },
          { fieldPath: "m", increment },
        ],
      },
    ],
  });

  const sums = { n: { integerValue: largest }, m: { integerValue: "-3" } };
  expect(json).toMatchObject({ writeResults: [{}, { transformResults: [sums.n, sums.m] }] });
  expect(emulator.documents(`${ROOT}/c`)[0]?.fields).toEqual(sums);
});

describe("a batch", () => {
  it("fails write by write, and does the others", async () => {
    const { post, emulator } = await firestore();
    await post("commit", { writes: [set("taken", { n: text("old") })] });
    const create = (id: string) => ({ ...set(id, { n: text("new") }), currentDocument: { exists: false } });

    const { status, json } = await post("batchWrite", { writes: [create("a"), create("taken"), create("b")] });

    expect([status, (json as { status: object[] }).status]).toEqual([
      200,
      [{}, { code: 6, message: `Document already exists: ${name("taken")}` }, {}],
    ]);
    expect((json as { writeResults: object[] }).writeResults[1]).toEqual({});
    expect(emulator.documents(`${ROOT}/c`).map(({ fields }) => fields["n"]?.stringValue)).toEqual([
      "new",
      "new",
      "old",
    ]);
  });

  it("that has a document twice is refused as a whole", async () => {
    const { post, emulator } = await firestore();

    const { status, json } = await post("batchWrite", { writes: [set("a"), set("b"), { delete: name("a") }] });

    expect([status, json]).toMatchObject([400, { error: { status: "INVALID_ARGUMENT" } }]);
    expect(emulator.documents(`${ROOT}/c`)).toEqual([]);
  });
});

describe("a limit", () => {
  /** 16 bytes, and one more than its length for each ID. */
  const nameBytes = 16 + "c".length + 1 + "a".length + 1;
  const fits = 1_048_576 - 32 - nameBytes - ("f".length + 1) - 1;

  it.each(["commit", "batchWrite"])("of 500 writes in one %s", async (verb) => {
    const { post } = await firestore();
    const writes = Array.from({ length: 501 }, (_, i) => set(String(i)));

    expect((await post(verb, { writes: writes.slice(1) })).status).toBe(200);
    expect(await post(verb, { writes })).toMatchObject({
      status: 400,
      json: { error: { status: "INVALID_ARGUMENT" } },
    });
  });

  it("of 1 MiB for a document counts as the service does", async () => {
    const { post } = await firestore();

    const largest = await post("commit", { writes: [set("a", { f: text("x".repeat(fits)) })] });
    const larger = await post("batchWrite", { writes: [set("a", { f: text("x".repeat(fits + 1)) })] });

    expect(largest.status).toBe(200);
    expect(larger.json).toMatchObject({
      status: [{ code: 3, message: expect.stringContaining("(1,048,577 bytes) exceeds the maximum allowed size") }],
    });
  });

  it("of 10 MiB for a request, by REST and by gRPC", async () => {
    const { post, emulator } = await firestore();
    const writes = Array.from({ length: 11 }, (_, i) => set(String(i), { f: text("x".repeat(1_000_000)) }));
    const client = firestoreClient(emulator.endpoint);
    const batch = client.batch();
    for (let i = 0; i < 11; i++) batch.set(client.doc(`c/${i}`), { f: "x".repeat(1_000_000) });

    expect(await post("batchWrite", { writes })).toMatchObject({
      status: 400,
      json: { error: { message: "Request payload size exceeds the limit: 10485760 bytes." } },
    });
    await expect(batch.commit()).rejects.toMatchObject({ code: 3 });
    expect((await post("batchWrite", { writes: writes.slice(1) })).status).toBe(200);
  });
});

describe("a transaction by REST", () => {
  const begin = async (post: (verb: string, body?: object) => Promise<{ json: unknown }>, options = {}) =>
    ((await post("beginTransaction", { options })).json as { transaction: string }).transaction;

  it("is aborted when what it has read has changed", async () => {
    const { post } = await firestore();
    await post("commit", { writes: [set("a", { n: text("1") })] });
    const transaction = await begin(post);
    const read = await post("batchGet", { documents: [name("a"), name("none")], transaction });
    await post("commit", { writes: [set("a", { n: text("2") })] });

    const { status, json } = await post("commit", { writes: [set("a", { n: text("3") })], transaction });

    expect(read.json).toMatchObject([{ found: { name: name("a") } }, { missing: name("none") }]);
    expect([status, json]).toMatchObject([409, { error: { status: "ABORTED" } }]);
  });

  it("is known until it ends or 270 s have passed", async () => {
    const { post, clock } = await firestore();
    const [ended, late, alive] = [await begin(post), await begin(post), await begin(post)];

    await post("rollback", { transaction: ended });
    await clock.advance(270_000);
    const inTime = await post("commit", { transaction: alive });
    await clock.advance(1);

    expect(inTime.status).toBe(200);
    for (const transaction of [ended, late, alive])
      expect(await post("commit", { transaction })).toMatchObject({
        status: 400,
        json: { error: { status: "INVALID_ARGUMENT" } },
      });
  });

  it("that may only read does not write, and one may begin with a read", async () => {
    const { post } = await firestore();
    const structuredQuery = { from: [{ collectionId: "c" }] };

    const { json } = await post("runQuery", { structuredQuery, newTransaction: { readOnly: {} } });
    const [{ transaction }] = json as [{ transaction: string }];

    expect(await post("commit", { transaction, writes: [set("a")] })).toMatchObject({ status: 400 });
  });
});

describe("a document by REST", () => {
  it("is made, read, changed, listed and deleted under its address", async () => {
    const { send, get } = await firestore();

    const made = await send("POST", "/c?documentId=a", { fields: { n: text("1"), m: text("x") } });
    const again = await send("POST", "/c?documentId=a", {});
    const patched = await send("PATCH", "/c/a?updateMask.fieldPaths=n&currentDocument.exists=true", {
      fields: { n: text("2") },
    });
    const masked = await get("/c/a?mask.fieldPaths=m");
    const list = await get("/c");
    const deleted = await send("DELETE", "/c/a?currentDocument.exists=true");

    expect(made).toMatchObject({ status: 200, json: { name: name("a") } });
    expect(again).toMatchObject({ status: 409, json: { error: { status: "ALREADY_EXISTS" } } });
    expect(patched.json).toMatchObject({ fields: { n: text("2"), m: text("x") } });
    expect((masked.json as { fields: object }).fields).toEqual({ m: text("x") });
    expect(list.json).toEqual({ documents: [patched.json] });
    expect([deleted.status, (await get("/c/a")).status, (await get("/c")).json]).toEqual([200, 404, {}]);
  });

  it("may have any name that is one", async () => {
    const { post, get } = await firestore();
    const id = "a b:é%\u{1f600}";

    await post("commit", { writes: [set(id)] });

    expect((await get(`/c/${encodeURIComponent(id)}`)).json).toMatchObject({ name: name(id) });
  });

  it("is listed in pages", async () => {
    const { post, get } = await firestore();
    await post("commit", { writes: ["a", "b", "d"].map((id) => set(id, { n: text(id) })) });

    const first = (await get("/c?pageSize=2&orderBy=n%20desc")).json as {
      documents: { name: string }[];
      nextPageToken: string;
    };
    const second = await get(`/c?pageSize=2&orderBy=n%20desc&pageToken=${first.nextPageToken}`);

    expect(first.documents.map((document) => document.name)).toEqual([name("d"), name("b")]);
    expect(second.json).toMatchObject({ documents: [{ name: name("a") }] });
    expect(second.json).not.toHaveProperty("nextPageToken");
  });
});

it.each([
  ["a value of two types", set("a", { f: { stringValue: "x", integerValue: "1" } })],
  ["a value of no type", set("a", { f: {} })],
  ["a type that is none", set("a", { f: { textValue: "x" } })],
  ["a number that is none", set("a", { f: { integerValue: "1.5" } })],
  ["a number beyond 64 bits", set("a", { f: { integerValue: "9223372036854775808" } })],
  ["a time that is none", set("a", { f: { timestampValue: "yesterday" } })],
  ["bytes that are none", set("a", { f: { bytesValue: "***" } })],
  ["a list in a list", set("a", { f: { arrayValue: { values: [{ arrayValue: {} }] } } })],
  ["a field name that is kept for itself", set("a", { __f__: text("x") })],
  ["a document name that is none", set("..")],
  ["a name without a document", { update: { name: `${ROOT}/c` } }],
  ["a document of another database", { update: { name: "projects/p/databases/other/documents/c/a" } }],
  ["a write without a document", {}],
])("refuses %s", async (_, write) => {
  const { post, emulator } = await firestore();

  expect(await post("commit", { writes: [write] })).toMatchObject({
    status: 400,
    json: { error: { status: "INVALID_ARGUMENT" } },
  });
  expect(emulator.documents(`${ROOT}/c`)).toEqual([]);
});

it("gives all fields if none is selected, and none if the name alone is", async () => {
  const { post } = await firestore();
  await post("commit", { writes: [set("a", { n: text("1") })] });
  const fields = async (selected: string[]) => {
    const select = { fields: selected.map((fieldPath) => ({ fieldPath })) };
    const { json } = await post("runQuery", { structuredQuery: { from: [{ collectionId: "c" }], select } });
    return (json as { document: { fields: object } }[])[0]?.document.fields;
  };

  expect([await fields([]), await fields(["__name__"])]).toEqual([{ n: text("1") }, {}]);
});

it("answers an error of a method that streams in an array, as the service does", async () => {
  const { post } = await firestore();

  const { status, json } = await post("runQuery", { structuredQuery: { from: [{ collectionId: "c" }], limit: -1 } });

  expect([status, json]).toMatchObject([400, [{ error: { status: "INVALID_ARGUMENT" } }]]);
});

it("has nothing at other addresses", async () => {
  const { emulator, post } = await firestore();

  expect((await rest(`http://${emulator.endpoint}/v2/${ROOT}/c/a`)).status).toBe(404);
  expect((await post("listen")).status).toBe(404);
});
