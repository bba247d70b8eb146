import { DeleteObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "@jest/globals";
import { encodeDeadLetter, SluiceError } from "sluice";
import { errorOf } from "../../../support/contract";
import { manualClock } from "../../../support/manual-clock";
import { all, letter } from "../../../support/records";
import { letterObjects, nameOf, waitsForAll } from "../suites/letters";
import { at, BUCKET, fault, keys, listing, withLetters, withStub } from "./deadletter/open";

const DELETED = "<DeleteResult></DeleteResult>";

describe("a dead letter's object", () => {
  letterObjects((test) => withLetters({}, (store) => test(store, () => keys(store))), at);
});

describe("putting letters", () => {
  it("looks again where another one writes the same letter at that moment", async () => {
    const clock = manualClock();
    const requests = await withStub(
      (_, number) => (number === 0 ? fault("ConditionalRequestConflict", 409) : fault("PreconditionFailed", 412)),
      async (store, sent) => {
        await store.put([letter(1)]);
        return sent.map(({ headers }) => headers["if-none-match"]);
      },
      { clock, random: () => 0.5 },
    );

    expect(requests).toEqual(["*", "*"]);
    expect(clock.asked()).toBe(25);
  });

  waitsForAll(
    (answer, test) => withStub(async (request) => (await answer(request)) ?? {}, test),
    fault("SlowDown", 503),
    {
      code: "throttled",
      coordinates: { bucket: BUCKET },
    },
  );
});

describe("finding and taking letters", () => {
  it("reads keys only", async () => {
    const reads = await withStub(
      ({ method }) => ({ body: method === "GET" ? listing([keyOf("1"), keyOf("2"), keyOf("3")]) : DELETED }),
      async (store, requests) => {
        expect(await store.take([at("1").id, at("3").id])).toBe(2);
        return requests.map(({ method, path }) => (path.includes("list-type") ? "LIST" : method));
      },
    );

    expect(reads).toEqual(["LIST", "POST"]);
  });

  it("does not list again what was listed before", async () => {
    const paths = await withStub(
      ({ method, path }) => {
        if (method === "POST") return { body: DELETED };
        if (!path.includes("list-type")) return { body: encodeDeadLetter(at("1")) };
        return { body: path.includes("prefix=aws") ? listing([]) : listing([keyOf("1")]) };
      },
      async (store, requests) => {
        await all(store.list({ limit: 9 }));
        const before = requests.length;
        await store.get(at("1").id);
        await store.take([at("1").id]);
        return requests.slice(before).map(({ method }) => method);
      },
    );

    expect(paths).toEqual(["GET", "POST"]);
  });

  it("deletes a thousand at a time", async () => {
    const letters = Array.from({ length: 2_500 }, (_, i) => String(i));
    const deletes = await withStub(
      ({ method }) => ({ body: method === "GET" ? listing(letters.map(keyOf)) : DELETED }),
      async (store, requests) => {
        await store.take(letters.map((offset) => at(offset).id));
        return requests
          .filter(({ method }) => method === "POST")
          .map(({ body }) => body.toString().split("<Key>").length - 1);
      },
    );

    expect(deletes).toEqual([1_000, 1_000, 500]);
  });

  it("fails if a single letter cannot be deleted", async () => {
    const failed = `<DeleteResult><Error><Key>${keyOf("1")}</Key><Code>InternalError</Code></Error></DeleteResult>`;
    const error = await withStub(
      ({ method }) => ({ body: method === "GET" ? listing([keyOf("1"), keyOf("2")]) : failed }),
      (store) => errorOf(store.take([at("1").id, at("2").id])),
    );

    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ code: "unavailable", stage: "deadletter" });
  });

  it("skips a letter that goes while it is listed", () =>
    withLetters({}, async (store) => {
      await store.put(Array.from({ length: 40 }, (_, i) => at(String(i))));
      const listed: string[] = [];

      for await (const { position } of store.list({ limit: 99 })) {
        listed.push(position.offset);
        if (listed.length === 1) await remove(store, keyOf("39"));
      }

      expect(listed).toEqual(Array.from({ length: 39 }, (_, i) => String(i)));
    }));

  it("reads only what may have failed since then", async () => {
    const reads = await withStub(
      ({ path }) => {
        if (!path.includes("list-type")) return { body: encodeDeadLetter(at("2", { failedAt: Date.UTC(2026, 5, 2) })) };
        return {
          body: path.includes("prefix=aws")
            ? listing([])
            : listing([keyOf("1"), keyOf("2")], ["2026-05-01", "2026-06-02"]),
        };
      },
      async (store, requests) => {
        expect(await all(store.list({ limit: 9, from: Date.UTC(2026, 5, 1) }))).toHaveLength(1);
        return requests.filter(({ path }) => !path.includes("list-type")).length;
      },
    );

    expect(reads).toBe(1);
  });
});

function keyOf(offset: string): string {
  return nameOf(at(offset));
}

async function remove({ client }: { client: S3Client }, Key: string): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
}
