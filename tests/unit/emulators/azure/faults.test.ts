import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "sluice";
import { azureErrors, errorAnswer, failing, partial, seededFaults } from "../../../../emulators/azure/faults";
import { openHttpFaults, type RequestHead, type Rule } from "../../../../emulators/http-faults";
import { opened } from "../opened";
import { cosmosContainer, rest } from "./clients";

const DOCS = "/dbs/sluice/colls/predictions/docs";
const BLOB = "/devstoreaccount1/letters/a.json?timeout=1";
const TOPIC = "/actions/api/events?api-version=2018-01-01";
const SCORE = "/fraud/score";
const IDENTITY = "/msi/token?resource=r";

const head = (path: string, headers: Record<string, string> = {}): RequestHead => ({
  method: "POST",
  path,
  headers,
  index: 0,
});
const every = (n: number) => (_: unknown, position: number) => position % n === 0;
const statuses = (json: unknown) => (json as { statusCode: number }[]).map(({ statusCode }) => statusCode);

/** A container of Cosmos DB behind a proxy, with what goes through it. */
async function behindFaults() {
  const { cosmos, identity, documents } = await cosmosContainer();
  const faults = await opened(openHttpFaults({ target: cosmos.endpoint }));
  const authorization = encodeURIComponent(`type=aad&ver=1.0&sig=${identity.token("https://cosmos.azure.com")}`);
  const post = (body: object, headers: Record<string, string> = {}) =>
    rest(faults.endpoint + DOCS, {
      method: "POST",
      body,
      headers: { authorization, "x-ms-documentdb-partitionkey": '["a"]', ...headers },
    });
  const batch = (ids: string[], isAtomic: boolean) =>
    post(
      ids.map((id) => ({ operationType: "Create", partitionKey: '["a"]', resourceBody: { id, key: "a" } })),
      {
        "x-ms-cosmos-is-batch-request": "true",
        "x-ms-cosmos-batch-atomic": String(isAtomic),
        "x-ms-cosmos-batch-continue-on-error": "true",
      },
    );
  return { faults, post, batch, ids: () => documents().map(({ id }) => id) };
}

describe("an error", () => {
  it.each([
    ["throttled", [429, 503, 429]],
    ["unavailable", [503, 503, 503]],
    ["internal", [500, 500, 500]],
    ["timeout", [408, 500, 408]],
    ["denied", [403, 403, 403]],
    ["expired", [401, 401, 401]],
    ["conflict", [449, 409, 409]],
  ] as const)("that is %s has the status of Cosmos DB, of Storage, of the others: %j", (error, expected) => {
    const answers = [DOCS, BLOB, TOPIC].map((path) => errorAnswer(head(path), error).status);

    expect(answers).toEqual(expected);
  });

  it("of too many requests says how long to wait, each service in its own way", () => {
    const answers = [DOCS, BLOB, TOPIC, SCORE, IDENTITY].map((path) => errorAnswer(head(path), "throttled").headers);

    expect(answers.map((headers) => headers["x-ms-retry-after-ms"] ?? headers["retry-after"])).toEqual([
      "10",
      "1",
      "1",
      "1",
      "1",
    ]);
    expect(answers[0]?.["x-ms-substatus"]).toBe("3200");
  });

  it("is in the form of its service, unless something before the service gives it", () => {
    for (const error of azureErrors.filter((name) => name !== "unavailable")) {
      const json = [DOCS, TOPIC, SCORE, IDENTITY].map((path) =>
        JSON.parse(String(errorAnswer(head(path), error).body)),
      );
      const xml = errorAnswer(head(BLOB), error);

      const text = expect.any(String);
      const other = { error: { code: text, message: text } };
      const own = { statusCode: expect.any(Number), message: text };
      expect(json).toEqual([{ code: text, message: text }, other, other, own]);
      expect(xml.body).toContain(`<Code>${xml.headers["x-ms-error-code"]}</Code>`);
    }
    expect(errorAnswer(head(BLOB), "unavailable").headers["content-type"]).toBe("text/html");
  });

  it("is answered before the service hears of the request", async () => {
    const { faults, post, ids } = await behindFaults();
    faults.set(failing("throttled"));

    expect((await post({ id: "1", key: "a" })).status).toBe(429);
    expect(ids()).toEqual([]);
  });
});

describe("a partial failure", () => {
  it("of a transactional batch is one of all of it, for which the first document is to blame", async () => {
    const { faults, batch, ids } = await behindFaults();
    faults.set(partial((_, position) => position > 0));

    const { status, json } = await batch(["0", "1", "2"], true);

    expect([status, statuses(json)]).toEqual([207, [424, 429, 424]]);
    expect(json).toMatchObject([{}, { subStatusCode: 3200, retryAfterMilliseconds: 10 }, {}]);
    expect(ids()).toEqual([]);
  });

  it("of a bulk keeps the positions, and writes exactly the others", async () => {
    const { faults, batch, ids } = await behindFaults();
    await batch(["2"], false);
    faults.set(partial(every(3)));

    const { status, json } = await batch(["0", "1", "2", "3", "4"], false);

    expect([status, statuses(json)]).toEqual([207, [429, 201, 409, 449, 201]]);
    expect(ids().sort()).toEqual(["1", "2", "4"]);
  });

  it("of one document is an error, of the status that is named", async () => {
    const { faults, post, ids } = await behindFaults();
    faults.set(partial((document) => ((document as { id: string }).id === "1" ? "410" : false)));

    const answers = [await post({ id: "1", key: "a" }), await post({ id: "2", key: "a" })];

    expect(answers.map(({ status }) => status)).toEqual([410, 201]);
    expect(ids()).toEqual(["2"]);
  });

  it("leaves alone what nobody has chosen, and what writes nothing", async () => {
    const { faults, batch, post } = await behindFaults();
    const query = { "x-ms-documentdb-isquery": "true" };
    faults.set(partial(() => false));
    const done = await batch(["0", "1"], true);
    faults.set(partial(() => true));

    const found = await post({ query: "SELECT VALUE c.id FROM c" }, query);

    expect([done.status, found.json]).toMatchObject([200, { Documents: ["0", "1"] }]);
    expect([BLOB, TOPIC, SCORE].map((path) => partial(() => true)(head(path)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("faults at random", () => {
  const rates = { throttled: 0.1, internal: 0.1, reset: 0.1, lose: 0.1, delay: 0.1, partial: 0.1 };
  const drawn = (rule: Rule, count: number) => Array.from({ length: count }, () => rule(head(DOCS))?.kind ?? "pass");

  it("come about as often as they are meant to, the same for the same seed", () => {
    const kinds = [1, 1].map((seed) => drawn(seededFaults({ random: seededRandom(seed), rates }).rule, 10_000));

    const share = (kind: string) => kinds[0]!.filter((drawnKind) => drawnKind === kind).length / kinds[0]!.length;
    expect(kinds[0]).toEqual(kinds[1]);
    expect(share("reply")).toBeCloseTo(0.2, 1);
    for (const kind of ["reset", "lose", "delay", "split"]) expect(share(kind)).toBeCloseTo(0.1, 1);
  });

  it("pass everything once they are healed", () => {
    const all = seededFaults({ random: seededRandom(1), rates: { reset: 1 } });
    const before = drawn(all.rule, 1);

    all.heal();

    expect([before, drawn(all.rule, 1)]).toEqual([["reset"], ["pass"]]);
  });
});
