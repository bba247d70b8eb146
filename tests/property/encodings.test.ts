import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  type DeadLetter,
  decodeBase64Text,
  decodeDeadLetter,
  decodeEnvelope,
  ERROR_CODES,
  encodeDeadLetter,
  encodeEnvelope,
  partitionOf,
} from "sluice";
import { clip, MAX_MESSAGE_CHARS } from "../../shared/errors";
import { decodeBase64, decodeUtf8, deeperThan, isSafeId, isSafeKey, longerThan } from "../../shared/guards";
import { letter } from "../support/records";

const RUNS = { numRuns: 500 };

/** Text with what is awkward in it: line breaks, tildes, byte order marks, lone surrogates, headers of envelopes. */
const awkward = fc.string({
  unit: fc.constantFrom(
    "a",
    "é",
    "\u{1f600}",
    "\n",
    "\r",
    "~",
    '"',
    "\\",
    "\ufeff",
    "\ud800",
    "\u0000",
    "{",
    "[",
    "\ufffd",
  ),
});
const header = fc.constant('{"sluice":1,"count":1,"publishedAt":1}');
const text = fc.oneof(fc.string({ unit: "binary" }), awkward, header, fc.json());
const bytes = fc.oneof(
  fc.uint8Array(),
  text.map((value) => new Uint8Array(Buffer.from(value))),
);
const body = fc.oneof(text, bytes);

describe("the event envelope", () => {
  it("gives back every event byte for byte, in order, and when it was packed", () => {
    fc.assert(
      fc.property(fc.array(body), fc.nat(), (events, publishedAt) => {
        const decoded = decodeEnvelope(Buffer.from(encodeEnvelope(events, publishedAt)));

        expect(decoded?.events.map(hex)).toEqual(events.map(hex));
        expect(decoded?.publishedAt).toBe(publishedAt);
      }),
      RUNS,
    );
  });

  it("is text that survives UTF-8 and JSON unchanged", () => {
    fc.assert(
      fc.property(fc.array(body), (events) => {
        const encoded = encodeEnvelope(events, 1);

        expect(JSON.parse(Buffer.from(JSON.stringify(encoded)).toString())).toBe(encoded);
      }),
      RUNS,
    );
  });

  it("is refused or decoded, whatever was done to it, and never throws", () => {
    const damaged = fc
      .tuple(fc.array(body), fc.nat(), fc.nat({ max: 255 }), fc.boolean())
      .map(([events, at, byte, cut]) => {
        const encoded = Buffer.from(encodeEnvelope(events, 1));
        if (cut) return encoded.subarray(0, at % encoded.length);
        encoded[at % encoded.length] = byte;
        return encoded;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, bytes, text), (message) => {
        const decoded = decodeEnvelope(message);

        expect(decoded === undefined || Array.isArray(decoded.events)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe("the dead-letter envelope", () => {
  const letters: fc.Arbitrary<DeadLetter> = fc
    .record({
      number: fc.nat(),
      body: fc.uint8Array(),
      key: fc.option(text, { nil: undefined }),
      eventId: fc.option(text, { nil: undefined }),
      message: text,
      code: fc.constantFrom(...ERROR_CODES),
    })
    .map(({ number, ...rest }) => letter(number, rest));

  it("gives back the letter, its bytes included", () => {
    fc.assert(
      fc.property(letters, (written) => {
        const read = decodeDeadLetter(encodeDeadLetter(written));

        expect({ ...read, body: hex(read!.body) }).toEqual({ ...written, body: hex(written.body) });
      }),
      RUNS,
    );
  });

  it("is one line", () => {
    fc.assert(
      fc.property(letters, (written) => {
        expect(encodeDeadLetter(written)).not.toMatch(/[\n\r]/);
      }),
      RUNS,
    );
  });

  it("is not read out of anything else", () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.json()), (other) => {
        expect(decodeDeadLetter(other)).toBeUndefined();
      }),
      RUNS,
    );
  });
});

describe("the guards agree with the long way round", () => {
  it("deeperThan: exactly the depth of the value, for JSON", () => {
    const nested = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "large", withCrossShrink: true },
        fc.oneof(text, fc.integer(), fc.constantFrom(null, true)),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(text, tie("value"), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(nested, fc.integer({ min: 1, max: 8 }), (value, limit) => {
        expect(deeperThan(JSON.stringify(value), limit)).toBe(depthOf(value) > limit);
      }),
      RUNS,
    );
  });

  it("deeperThan: what it lets through parses to no more than the limit, whatever the text", () => {
    const brackets = fc.string({ unit: fc.constantFrom("[", "]", "{", "}", '"', "\\", ",", "1", ":", " ") });
    fc.assert(
      fc.property(fc.oneof(brackets, text), fc.integer({ min: 1, max: 5 }), (candidate, limit) => {
        const value = parsed(candidate);

        if (value !== undefined && !deeperThan(candidate, limit)) expect(depthOf(value)).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 2_000 },
    );
  });

  it("decodeUtf8: what a fatal TextDecoder decodes, and nothing else", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(bytes, (input) => {
        expect(decodeUtf8(input)).toBe(attempt(() => decoder.decode(input)));
      }),
      RUNS,
    );
  });

  it("decodeBase64: what encodes back to the same text, and nothing else", () => {
    const nearly = fc.string({ unit: fc.constantFrom("Q", "U", "J", "D", "R", "=", "-", "_", "+", "/", "\n", " ") });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.base64String(), text), (candidate) => {
        const canonical = Buffer.from(candidate, "base64").toString("base64") === candidate;

        expect(decodeBase64(candidate)?.toString("base64")).toBe(canonical ? candidate : undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it("decodeBase64Text: the same in one step, as text where it is text", () => {
    const nearly = fc.string({ unit: fc.constantFrom("Q", "U", "J", "D", "R", "=", "+", "/", "\n") });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.base64String()), (candidate) => {
        const expected = decodeBase64(candidate);
        const decoded = decodeBase64Text(candidate);

        expect(decoded === undefined ? undefined : hex(decoded)).toBe(expected?.toString("hex"));
      }),
      { numRuns: 2_000 },
    );
  });

  it("longerThan: the length in bytes, not in characters", () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 40 }), (value, limit) => {
        expect(longerThan(value, limit)).toBe(Buffer.byteLength(value) > limit);
      }),
      RUNS,
    );
  });

  it("isSafeId and isSafeKey: their rules, for any text", () => {
    fc.assert(
      fc.property(
        fc.oneof(text, fc.string({ unit: fc.constantFrom("a", "Z", "0", ".", "_", ":", "-"), maxLength: 140 })),
        (value) => {
          expect(isSafeId(value)).toBe(/^[A-Za-z0-9._:-]{1,128}$/.test(value) && !value.endsWith("\n"));
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a key must not have
          expect(isSafeKey(value)).toBe(/^[^\u0000-\u001f\u007f]{1,256}$/.test(value) && value.isWellFormed());
        },
      ),
      RUNS,
    );
  });

  it("partitionOf: the same partition every time, and one that exists", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 300 }), (key, partitions) => {
        const partition = partitionOf(key, partitions);

        expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
        expect(partitionOf(key, partitions)).toBe(partition);
      }),
      RUNS,
    );
  });

  it("clip: one line without control characters, of bounded length once clipped again", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((value) => value.repeat(300)),
        ),
        (value) => {
          const clipped = clip(clip(value));

          expect(clipped.length).toBeLessThanOrEqual(MAX_MESSAGE_CHARS);
          expect(clipped).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
        },
      ),
      RUNS,
    );
  });
});

function hex(event: string | Uint8Array): string {
  return Buffer.from(event as string).toString("hex");
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function parsed(candidate: string): unknown {
  return attempt(() => JSON.parse(candidate));
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
