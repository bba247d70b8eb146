import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type OutputColumn, SluiceError } from "sluice";
import {
  type Answer,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  isBinaryRequest,
} from "../../../../adapters/endpoint";

const RUNS = { numRuns: 300 };

/** Every float there is: NaN, both zeros and subnormals are among them. */
const matrix = fc
  .record({ rows: fc.nat({ max: 6 }), width: fc.integer({ min: 1, max: 6 }) })
  .chain(({ rows, width }) =>
    fc
      .float32Array({ minLength: rows * width, maxLength: rows * width + 3 })
      .map((data) => ({ rows, width, data: Float32Array.from(data) })),
  );

/** Columns of each type, for the same rows. */
const answer = fc
  .record({ rows: fc.integer({ min: 1, max: 5 }), wide: fc.integer({ min: 1, max: 3 }) })
  .chain(({ rows, wide }) => {
    const length = { minLength: rows * wide, maxLength: rows * wide };
    const column = (data: fc.Arbitrary<OutputColumn["data"]>) => data.map((values) => ({ width: wide, data: values }));
    return fc.record({
      model: fc.string({ unit: "binary" }),
      rows: fc.constant(rows),
      width: fc.nat(),
      outputs: fc.record({
        float32: column(fc.float32Array(length).map((data) => Float32Array.from(data))),
        float64: column(fc.float64Array(length).map((data) => Float64Array.from(data))),
        int32: column(fc.int32Array(length).map((data) => Int32Array.from(data))),
        uint8: column(fc.uint8Array(length).map((data) => Uint8Array.from(data))),
        "a string\nof \u2028 any name": column(fc.array(fc.string({ unit: "binary" }), length)),
        numbers: column(fc.array(fc.double(), length)),
      }),
    });
  });

describe("a binary request", () => {
  it("gives back the rows bit for bit, wherever in memory it lies", () => {
    fc.assert(
      fc.property(matrix, fc.nat({ max: 7 }), (features, offset) => {
        const encoded = encodeRequest(features, 0, features.rows);
        const moved = new Uint8Array(encoded.length + offset);
        moved.set(encoded, offset);

        const decoded = decodeRequest(moved.subarray(offset));

        expect([decoded.rows, decoded.width]).toEqual([features.rows, features.width]);
        expect(bitsOf(decoded.data)).toEqual(bitsOf(features.data.subarray(0, features.rows * features.width)));
        expect(isBinaryRequest(encoded)).toBe(true);
      }),
      RUNS,
    );
  });

  it("holds only the rows that are asked for, as a copy", () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);

    const encoded = encodeRequest({ rows: 3, width: 2, data }, 1, 2);
    data.fill(0);

    expect(decodeRequest(encoded)).toEqual({ rows: 1, width: 2, data: Float32Array.of(3, 4) });
  });

  it("is 12 bytes of header and the floats, little-endian", () => {
    const encoded = encodeRequest({ rows: 1, width: 1, data: Float32Array.of(1) }, 0, 1);

    expect(Buffer.from(encoded).toString("hex")).toBe("534c4631" + "01000000" + "01000000" + "0000803f");
  });

  it.each([
    ["ends within its header", (bytes: Uint8Array) => bytes.subarray(0, 11)],
    ["lacks its last byte", (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ["has a byte too many", (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)],
    ["claims more rows than memory holds", (bytes: Uint8Array) => Uint8Array.of(...bytes).fill(255, 4, 12)],
  ])("is refused where it %s", (_, damage) => {
    const bytes = damage(encodeRequest({ rows: 2, width: 2, data: new Float32Array(4) }, 0, 2));

    expect(thrownBy(() => decodeRequest(bytes))).toMatchObject({ code: "model-input", retryable: false });
  });
});

describe("a binary response", () => {
  it("gives back every value bit for bit, and every string as it was", () => {
    fc.assert(
      fc.property(answer, fc.nat({ max: 7 }), (given, offset) => {
        const encoded = encodeResponse(given);
        const moved = new Uint8Array(encoded.length + offset);
        moved.set(encoded, offset);

        const decoded = decodeResponse(moved.subarray(offset));

        expect(plain(decoded)).toEqual(plain(given));
      }),
      RUNS,
    );
  });

  it("is not tied to the buffer it came in", () => {
    const encoded = encodeResponse(scores(Float32Array.of(1, 2)));

    const decoded = decodeResponse(encoded);
    encoded.fill(0);

    expect(decoded.outputs["score"]?.data).toEqual(Float32Array.of(1, 2));
  });

  it("is an internal error, and nothing else, whatever was done to it", () => {
    const damaged = fc
      .tuple(answer, fc.nat(), fc.nat({ max: 255 }), fc.constantFrom("cut", "change", "add"))
      .map(([given, at, byte, how]) => {
        const encoded = encodeResponse(given);
        if (how === "cut") return encoded.subarray(0, at % encoded.length);
        if (how === "add") return Uint8Array.of(...encoded, byte);
        encoded[at % encoded.length] = byte;
        return encoded;
      });
    fc.assert(
      fc.property(
        fc.oneof(
          damaged,
          fc.uint8Array(),
          fc.string().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const thrown = thrownBy(() => decodeResponse(bytes));

          if (thrown !== undefined) expect(thrown).toMatchObject({ code: "internal", stage: "infer" });
        },
      ),
      RUNS,
    );
  });

  it.each([
    ["half of it", (bytes: Buffer) => bytes.subarray(0, bytes.length - 4)],
    ["more than it says", (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("x")])],
    ["the page of a proxy", () => Buffer.from("<html>\n<body>502 Bad Gateway</body></html>")],
    ["nothing", () => Buffer.alloc(0)],
    ["a header without values", () => Buffer.from('{"sluice":1,"model":"m","rows":1,"width":1}\n')],
    [
      "a header of another version",
      (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace(":1", ":2"), "latin1"),
    ],
    [
      "a negative count",
      (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace('"rows":2', '"rows":-2'), "latin1"),
    ],
    [
      "an unknown type",
      (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace("float32", "float99"), "latin1"),
    ],
  ])("is an internal error when it is %s", (_, change) => {
    const bytes = change(Buffer.from(encodeResponse(scores(Float32Array.of(1, 2)))));

    expect(thrownBy(() => decodeResponse(bytes))).toMatchObject({ code: "internal", retryable: true });
  });
});

function scores(data: Float32Array): Answer {
  return { model: "m", rows: data.length, width: 4, outputs: { score: { width: 1, data } } };
}

/** Numbers by their bits, so that NaN is itself and -0 is not 0. */
function plain({ outputs, ...rest }: Answer) {
  const columns = Object.entries(outputs).map(([name, { width, data }]) => {
    const text = typeof data[0] === "string";
    return [name, width, text ? data : bitsOf(Float64Array.from(data as readonly number[]))];
  });
  return { ...rest, columns };
}

function bitsOf(data: Float32Array | Float64Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
}

function thrownBy(run: () => unknown): SluiceError | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError);
    return thrown as SluiceError;
  }
}
