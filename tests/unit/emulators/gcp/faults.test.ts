import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "sluice";
import { openGcpEmulators } from "../../../../emulators/gcp";
import { errorAnswer, failing, gcpErrors, partial, seededFaults } from "../../../../emulators/gcp/faults";
import type { RequestHead, Rule } from "../../../../emulators/http-faults";
import { opened } from "../opened";
import { rest } from "./clients";

const ROOT = "projects/local/databases/(default)/documents";
const COMMIT = `/v1/${ROOT}:commit`;
const STORAGE = "/storage/v1/b/b/o/k?alt=media";
const INSERT_ALL = "/projects/local/datasets/d/tables/t/insertAll";

const head = (path: string): RequestHead => ({ method: "POST", path, headers: {}, index: 0 });
const every = (n: number) => (_: unknown, position: number) => position % n === 0;

async function emulators() {
  const gcp = await opened(openGcpEmulators());
  gcp.provision({ table: { name: "local.d.t", columns: [{ name: "id", type: "STRING", mode: "REQUIRED" }] } });
  const writes = (...ids: string[]) => ids.map((id) => ({ update: { name: `${ROOT}/c/${id}` } }));
  return {
    ...gcp,
    batchWrite: (...ids: string[]) =>
      rest(`${gcp.endpoints.firestore}/v1/${ROOT}:batchWrite`, "POST", { writes: writes(...ids) }),
    insertAll: (...ids: (string | null)[]) =>
      rest(gcp.endpoints.bigquery + INSERT_ALL, "POST", {
        skipInvalidRows: true,
        rows: ids.map((id) => ({ json: { id } })),
      }),
    documents: () => gcp.services.firestore.documents(`${ROOT}/c`).map(({ name }) => name.split("/").at(-1)),
    rows: () => gcp.services.bigquery.rows("local.d.t").map(({ id }) => id),
  };
}

describe("an error", () => {
  it.each([
    ["throttled", 429, "RESOURCE_EXHAUSTED"],
    ["unavailable", 503, "UNAVAILABLE"],
    ["internal", 500, "INTERNAL"],
    ["deadline", 504, "DEADLINE_EXCEEDED"],
    ["denied", 403, "PERMISSION_DENIED"],
    ["expired", 401, "UNAUTHENTICATED"],
    ["aborted", 409, "ABORTED"],
  ] as const)("that is %s is %i, %s", (error, code, status) => {
    const answer = errorAnswer(head(COMMIT), error);

    expect([answer.status, JSON.parse(String(answer.body))]).toMatchObject([code, { error: { code, status } }]);
  });

  it("of too many requests says how long to wait, as the service does", () => {
    const { headers, body } = errorAnswer(head(COMMIT), "throttled");

    expect(headers["retry-after"]).toBe("1");
    expect(JSON.parse(String(body)).error.details).toEqual([
      { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1s" },
    ]);
  });

  it("of a method that streams is in an array", () => {
    const { body } = errorAnswer(head(`/v1/${ROOT}:runQuery`), "unavailable");

    expect(JSON.parse(String(body))).toMatchObject([{ error: { status: "UNAVAILABLE" } }]);
  });

  it.each([STORAGE, INSERT_ALL])("has the older form at %s, whatever it is", (path) => {
    for (const error of gcpErrors) {
      const { status, body } = errorAnswer(head(path), error);

      const message = expect.any(String);
      expect(JSON.parse(String(body))).toEqual({
        error: { code: status, message, errors: [{ domain: "global", reason: expect.any(String), message }] },
      });
    }
  });

  it("is answered before the service hears of the request", async () => {
    const { faults, batchWrite, documents } = await emulators();
    faults.firestore.set(failing("denied"));

    expect((await batchWrite("a")).status).toBe(403);
    expect(documents()).toEqual([]);
  });
});

describe("a partial failure", () => {
  it("of batchWrite keeps the positions, and writes exactly the others", async () => {
    const { faults, batchWrite, documents } = await emulators();
    faults.firestore.set(partial(every(3)));

    const { status, json } = await batchWrite("0", "1", "2", "3", "4");

    expect([status, json]).toMatchObject([200, { status: [{ code: 10 }, {}, {}, { code: 14 }, {}] }]);
    const { writeResults } = json as { writeResults: object[] };
    expect(writeResults.map((result) => "updateTime" in result)).toEqual([false, true, true, false, true]);
    expect(documents()).toEqual(["1", "2", "4"]);
  });

  it("of all writes is an answer of the service too, and writes nothing", async () => {
    const { faults, batchWrite, documents } = await emulators();
    faults.firestore.set(partial(() => "8"));

    const { json } = await batchWrite("0", "1");

    expect(json).toMatchObject({ writeResults: [{}, {}], status: [{ code: 8 }, { code: 8 }] });
    expect(documents()).toEqual([]);
  });

  it("leaves an error of the whole request as it is", async () => {
    const { faults, batchWrite } = await emulators();
    faults.firestore.set(partial(every(3)));

    expect(await batchWrite("0", "same", "same")).toMatchObject({
      status: 400,
      json: { error: { status: "INVALID_ARGUMENT" } },
    });
  });

  it("of insertAll counts the service's own errors as well", async () => {
    const { faults, insertAll, rows } = await emulators();
    faults.bigquery.set(partial(every(3)));

    const { json } = await insertAll("0", "1", null, "3", "4");

    expect(json).toMatchObject({
      insertErrors: [
        { index: 0, errors: [{ reason: "timeout" }] },
        { index: 2, errors: [{ reason: "invalid" }] },
        { index: 3, errors: [{ reason: "timeout" }] },
      ],
    });
    expect(rows()).toEqual(["1", "4"]);
  });
});

describe("faults at random", () => {
  const rates = { throttled: 0.1, internal: 0.1, reset: 0.1, lose: 0.1, delay: 0.1, partial: 0.1 };
  const drawn = (rule: Rule, count: number) =>
    Array.from({ length: count }, () => rule(head(`/v1/${ROOT}:batchWrite`))?.kind ?? "pass");

  it("are the same for the same seed, and others for another", () => {
    const draws = [1, 1, 2].map((seed) => drawn(seededFaults({ random: seededRandom(seed), rates }).rule, 100));

    expect(draws[0]).toEqual(draws[1]);
    expect(draws[0]).not.toEqual(draws[2]);
  });

  it("come about as often as they are meant to", () => {
    const kinds = drawn(seededFaults({ random: seededRandom(1), rates }).rule, 10_000);

    const share = (kind: string) => kinds.filter((drawnKind) => drawnKind === kind).length / kinds.length;
    expect(share("pass")).toBeCloseTo(0.4, 1);
    expect(share("reply")).toBeCloseTo(0.2, 1);
    for (const kind of ["reset", "lose", "delay", "split"]) expect(share(kind)).toBeCloseTo(0.1, 1);
  });

  it("pass a request that cannot fail in part, and everything once they are healed", () => {
    const part = seededFaults({ random: seededRandom(1), rates: { partial: 1 } });
    const all = seededFaults({ random: seededRandom(1), rates: { reset: 1 } });
    const before = drawn(all.rule, 1);

    all.heal();

    expect(part.rule(head(COMMIT))).toBeUndefined();
    expect([before, drawn(all.rule, 1)]).toEqual([["reset"], ["pass"]]);
  });
});
