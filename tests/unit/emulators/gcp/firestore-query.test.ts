import { FieldPath, Filter, type Query } from "@google-cloud/firestore";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { openFirestore } from "../../../../emulators/gcp/firestore";
import { opened } from "../opened";
import { firestoreClient, rest } from "./clients";

async function collection(documents: Record<string, object>) {
  const emulator = await opened(openFirestore());
  const db = firestoreClient(emulator.endpoint);
  const batch = db.batch();
  for (const [id, fields] of Object.entries(documents)) batch.set(db.collection("c").doc(id), fields);
  await batch.commit();
  return db.collection("c");
}

const ids = async (query: Query) => (await query.get()).docs.map(({ id }) => id);

const PEOPLE = {
  a: { n: 1, kind: "x", tags: ["r", "g"] },
  b: { n: 2, kind: "y", tags: ["g"] },
  d: { n: 2.5, kind: "x", tags: [] },
  e: { n: 4, kind: null },
  f: { n: "text", kind: "z" },
  g: { kind: Number.NaN },
};

describe("a filter", () => {
  it.each([
    ["==", "x", ["a", "d"]],
    ["!=", "x", ["b", "f", "g"]],
    ["in", ["y", "z"], ["b", "f"]],
    ["not-in", ["x", "y"], ["f", "g"]],
    [">", "x", ["b", "f"]],
    ["<=", "x", ["a", "d"]],
  ] as const)("kind %s %j", async (operator, value, expected) => {
    const c = await collection(PEOPLE);

    expect((await ids(c.where("kind", operator, value))).sort()).toEqual(expected);
  });

  it.each([
    [">=", 2, ["b", "d", "e"]],
    ["<", 2.5, ["a", "b"]],
    ["==", 2.5, ["d"]],
  ] as const)("compares numbers with numbers alone: n %s %j", async (operator, value, expected) => {
    const c = await collection(PEOPLE);

    expect(await ids(c.where("n", operator, value))).toEqual(expected);
  });

  it("looks into lists, for null and for NaN", async () => {
    const c = await collection(PEOPLE);

    expect(await ids(c.where("tags", "array-contains", "g"))).toEqual(["a", "b"]);
    expect(await ids(c.where("tags", "array-contains-any", ["r", "q"]))).toEqual(["a"]);
    expect(await ids(c.where("kind", "==", null))).toEqual(["e"]);
    expect(await ids(c.where("kind", "==", Number.NaN))).toEqual(["g"]);
  });

  it("may be of several parts, joined by AND and OR", async () => {
    const c = await collection(PEOPLE);
    const either = Filter.or(
      Filter.where("n", "==", 4),
      Filter.and(Filter.where("kind", "==", "x"), Filter.where("n", ">", 1)),
    );

    expect((await ids(c.where(either))).sort()).toEqual(["d", "e"]);
  });

  it("may be on the name", async () => {
    const c = await collection(PEOPLE);

    expect(await ids(c.where(FieldPath.documentId(), ">", "d").limit(2))).toEqual(["e", "f"]);
    expect(await ids(c.where(FieldPath.documentId(), "in", [c.doc("b"), c.doc("none")]))).toEqual(["b"]);
  });
});

describe("an order", () => {
  it("has documents that have the field, then by name in the same direction", async () => {
    const c = await collection({ a: { n: 1 }, b: { n: 0 }, d: { n: 1 }, e: {} });

    expect(await ids(c.orderBy("n"))).toEqual(["b", "a", "d"]);
    expect(await ids(c.orderBy("n", "desc"))).toEqual(["d", "a", "b"]);
  });

  it("goes by the field of an inequality if none is asked for", async () => {
    const c = await collection({ a: { n: 3 }, b: { n: 1 }, d: { n: 2 } });

    expect(await ids(c.where("n", ">", 0))).toEqual(["b", "d", "a"]);
  });

  it("goes by type first", async () => {
    const values = [null, false, true, Number.NaN, -1, 1.5, 2, new Date(0), "", "a", "\uffff", "\u{1f600}"];
    const more = [Buffer.from("a"), [1], [1, 2], [2], {}, { a: 1 }, { a: 1, b: 0 }, { b: 0 }];
    const all = [...values, ...more];
    const shuffled = [...all.entries()].sort(([i], [j]) => ((i * 7) % 20) - ((j * 7) % 20));
    const c = await collection(Object.fromEntries(shuffled.map(([i, v]) => [`d${(i * 3) % 20}`, { i, v }])));

    const found = (await c.orderBy("v").get()).docs.map((document) => document.get("i"));

    expect(found).toEqual([...all.keys()]);
  });
});

describe("a page", () => {
  const numbers = Object.fromEntries(["a", "b", "d", "e", "f"].map((id, i) => [id, { n: Math.floor(i / 2), id }]));

  it("begins and ends at a cursor", async () => {
    const c = (await collection(numbers)).orderBy("n");

    expect(await ids(c.startAt(1))).toEqual(["d", "e", "f"]);
    expect(await ids(c.startAfter(1))).toEqual(["f"]);
    expect(await ids(c.endAt(1))).toEqual(["a", "b", "d", "e"]);
    expect(await ids(c.endBefore(1))).toEqual(["a", "b"]);
    expect(
      await ids(
        c.startAfter(
          await c
            .limit(1)
            .offset(2)
            .get()
            .then(({ docs }) => docs[0]),
        ),
      ),
    ).toEqual(["e", "f"]);
  });

  it("has an offset, a limit, and only the fields that are asked for", async () => {
    const c = await collection(numbers);

    const page = await c.offset(1).limit(2).select("n").get();

    expect(page.docs.map((document) => [document.id, document.data()])).toEqual([
      ["b", { n: 0 }],
      ["d", { n: 1 }],
    ]);
    expect(await ids(c.orderBy("n").limitToLast(2))).toEqual(["e", "f"]);
  });

  it("after page leaves nothing out and repeats nothing, whatever the names", async () => {
    const name = fc
      .string({ unit: "binary", minLength: 1, maxLength: 4 })
      .filter((id) => /^[^/.\0]+$/.test(id) && id.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), async (names, size) => {
        const emulator = await openFirestore();
        const base = `http://${emulator.endpoint}/v1/projects/p/databases/d/documents`;
        const post = (verb: string, body: object) =>
          fetch(`${base}:${verb}`, { method: "POST", body: JSON.stringify(body) }).then((response) => response.json());
        const full = (id: string) => `projects/p/databases/d/documents/c/${id}`;
        await post("commit", { writes: names.map((id) => ({ update: { name: full(id) } })) });

        const seen: string[] = [];
        for (let after: string | undefined, more = true; more; after = seen.at(-1)) {
          const cursor = after === undefined ? {} : { startAt: { values: [{ referenceValue: after }], before: false } };
          const orderBy = [{ field: { fieldPath: "__name__" } }];
          const structuredQuery = { from: [{ collectionId: "c" }], orderBy, limit: size, ...cursor };
          const page = ((await post("runQuery", { structuredQuery })) as { document?: { name: string } }[]).flatMap(
            ({ document }) => document?.name ?? [],
          );
          seen.push(...page);
          more = page.length > 0;
        }
        await emulator.close();

        const inBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(seen).toEqual(names.map(full).sort(inBytes));
      }),
      { numRuns: 25 },
    );
  }, 20_000);
});

const where = (op: string, value: object) => ({ where: { fieldFilter: { field: { fieldPath: "n" }, op, value } } });
const list = (count: number) => ({
  arrayValue: { values: Array.from({ length: count }, () => ({ nullValue: null })) },
});

it.each([
  ["an empty list", where("IN", list(0))],
  ["a list that is too long", where("IN", list(31))],
  ["a list that is too long to leave out", where("NOT_IN", list(11))],
  ["an operator that is none", where("LIKE", { stringValue: "x" })],
  ["more cursors than orders", { startAt: { values: [{ nullValue: null }, { nullValue: null }] } }],
  ["a negative limit", { limit: -1 }],
  ["a negative offset", { offset: -1 }],
  ["a path that is none", { select: { fields: [{ fieldPath: "a..b" }] } }],
  ["several collections at once", { from: [{ collectionId: "c" }, { collectionId: "d" }] }],
])("a query with %s is refused", async (_, query) => {
  const emulator = await opened(openFirestore());
  const url = `http://${emulator.endpoint}/v1/projects/p/databases/d/documents`;
  await rest(`${url}/c?documentId=a`, "POST", {});

  const answer = await rest(`${url}:runQuery`, "POST", {
    structuredQuery: { from: [{ collectionId: "c" }], ...query },
  });

  expect(answer).toMatchObject({ status: 400, json: [{ error: { status: "INVALID_ARGUMENT" } }] });
});
