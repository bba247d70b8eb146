import { DeleteObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "@jest/globals";
import { encodeDeadLetter, SluiceError } from "sluice";
import { errorOf } from "../../../support/contract";
import { manualClock, settled } from "../../../support/manual-clock";
import { gate } from "../../../support/promises";
import { all, letter } from "../../../support/records";
import { at, BUCKET, fault, keys, listing, SHARD, withLetters, withStub } from "./deadletter/open";

const DELETED = "<DeleteResult></DeleteResult>";

describe("a dead letter's key", () => {
  it("tells source, partition, offset, place in the message and id, and sorts by offset", () =>
    withLetters({}, async (store) => {
      await store.put([at("9"), at("10", { index: 3 })]);

      expect(await keys(store)).toEqual([
        `dead-letters/orders/${SHARD}/${"9".padStart(60, "0")}.000000.${at("9").id}.json`,
        `dead-letters/orders/${SHARD}/${"10".padStart(60, "0")}.000003.${at("10", { index: 3 }).id}.json`,
      ]);
    }));

  it("is safe and its own, whatever the parts are", () =>
    withLetters({}, async (store) => {
      const odd = [
        "",
        ".",
        "..",
        "a/b",
        "raw/dt=2026-01-01/hh=03/",
        "Ω \u{1f600}",
        "%2e!",
        "\u0000",
        "x".repeat(3_000),
      ];
      const letters = odd.flatMap((text) => [at(text), at("1", { source: text }), at("1", { partition: text })]);
      await store.put(letters);

      const found = await keys(store);

      expect(found).toHaveLength(letters.length);
      for (const key of found)
        expect(key).toMatch(/^dead-letters\/[\w!-]+\/[\w!-]+\/[\w!-]{60,}\.\d{6}\.[\w!-]+\.json$/);
      expect(Math.max(...found.map(({ length }) => length))).toBeLessThan(1_024);
      expect((await all(store.list({ limit: 99 }))).map(({ id }) => id).sort()).toEqual(
        letters.map(({ id }) => id).sort(),
      );
    }));
});

describe("putting letters", () => {
  it("keeps the first of two in one call", () =>
    withLetters({}, async (store) => {
      await store.put([letter(1, { attempts: 1 }), letter(1, { attempts: 2 })]);

      expect(await all(store.list({ limit: 9 }))).toMatchObject([{ attempts: 1 }]);
    }));

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

  it("fails if any letter is not durable, and waits for what is under way", async () => {
    const failed = gate();
    let running = 0;
    const error = await withStub(
      async ({ path }) => {
        running++;
        if (path.includes(letter(3).id)) failed.open();
        else for (let turn = 0; turn < 20; turn++) await failed.promise.then(settled);
        running--;
        return path.includes(letter(3).id) ? fault("SlowDown", 503) : {};
      },
      (store) => errorOf(store.put([1, 2, 3, 4].map((number) => letter(number)))),
    );

    expect(error).toMatchObject({ code: "throttled", stage: "deadletter", coordinates: { bucket: BUCKET } });
    expect(running).toBe(0);
  });
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
  return `dead-letters/orders/${SHARD}/${offset.padStart(60, "0")}.000000.${at(offset).id}.json`;
}

async function remove({ client }: { client: S3Client }, Key: string): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
}
