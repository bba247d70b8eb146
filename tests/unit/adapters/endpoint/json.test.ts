import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SluiceError } from "sluice";
import { decodeJsonRequest, encodeJsonResponse } from "../../../../adapters/endpoint";

describe("a JSON request", () => {
  it.each(["instances", "input_data"])("is rows of numbers under `%s`", (name) => {
    const body = Buffer.from(
      JSON.stringify({
        [name]: [
          [1, 2.5],
          [-3, 1e-45],
        ],
        parameters: { any: 1 },
      }),
    );

    const features = decodeJsonRequest(body, 2);

    expect(features).toEqual({ rows: 2, width: 2, data: Float32Array.of(1, 2.5, -3, 1e-45) });
  });

  it("carries every finite float exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (values) => {
        // JSON has one zero only.
        const row = values.map((value) => value + 0);
        const body = Buffer.from(JSON.stringify({ instances: [row] }));

        expect(decodeJsonRequest(body, row.length).data).toEqual(Float32Array.from(row));
      }),
    );
  });

  it("may start with a byte order mark, and may hold no rows", () => {
    const body = Buffer.from('\ufeff{"instances": []}');

    expect(decodeJsonRequest(body, 3).rows).toBe(0);
  });

  it.each([
    ["", "empty"],
    ["\xff\xfe", "neither UTF-8"],
    ["not json", "not JSON"],
    ["1,2,3", "not JSON"],
    ["null", "no array `instances`"],
    ["[[1, 2]]", "no array `instances`"],
    ['{"instances": {"0": [1, 2]}}', "no array `instances`"],
    ['{"instances": [[1, 2], 3]}', "Row 1 is not an array"],
    ['{"instances": [[1, 2], [1, 2, 3]]}', "Row 1 has 3 features; this model takes 2"],
    ['{"instances": [[1, null]]}', "Row 0, feature 1 is not a finite"],
    ['{"instances": [[1, "2"]]}', "Row 0, feature 1 is not a finite"],
    ['{"instances": [[1, 1e39]]}', "Row 0, feature 1 is not a finite"],
  ])("is refused when it is %j, with the reason and what is expected", (text, reason) => {
    const error = refusal(Buffer.from(text, "latin1"));

    expect(error).toMatchObject({ code: "model-input", retryable: false });
    expect(error.message).toContain(reason);
  });

  it("is refused or read, whatever it is, and its content is never quoted", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.json().map((json) => `{"instances": ${json}}`),
          fc.string(),
        ),
        (text) => {
          try {
            decodeJsonRequest(Buffer.from(text), 2);
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: "model-input" });
            expect((thrown as Error).message.length).toBeLessThan(250);
          }
        },
      ),
    );
  });
});

describe("a JSON response", () => {
  it("has an object per row, single values as themselves, and the model's version", () => {
    const outputs = {
      label: { width: 1, data: ["cold", "hot"] },
      probabilities: { width: 2, data: Float32Array.of(0.75, 0.25, 0.5, 0.5) },
    };

    const body = encodeJsonResponse({ model: "sha256:1", rows: 2, width: 4, outputs });

    expect(JSON.parse(body)).toEqual({
      predictions: [
        { label: "cold", probabilities: [0.75, 0.25] },
        { label: "hot", probabilities: [0.5, 0.5] },
      ],
      model: "sha256:1",
      width: 4,
    });
  });

  it("writes floats so that they are read as they were, and null for what JSON does not have", () => {
    const data = Float32Array.of(0.1, 1e-45, Number.NaN, Number.POSITIVE_INFINITY);

    const { predictions } = JSON.parse(
      encodeJsonResponse({ model: "m", rows: 4, width: 1, outputs: { score: { width: 1, data } } }),
    );

    expect(predictions.map(({ score }: { score: unknown }) => score)).toEqual([data[0], data[1], null, null]);
  });
});

function refusal(body: Uint8Array): SluiceError {
  try {
    decodeJsonRequest(body, 2);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError);
    return thrown as SluiceError;
  }
  throw new Error("it was not refused");
}
