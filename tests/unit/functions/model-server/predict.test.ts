import path from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { REQUEST_TYPE, RESPONSE_TYPE } from "../../../../adapters/endpoint";
import { onnxInfer } from "../../../../adapters/onnx";
import cardFraud from "../../../../examples/card-fraud/pipeline";
import { listed, matrix } from "../../../support/onnx";
import { EXAMPLES } from "../../examples/score";
import { cleanUp, postJson, postRows, predictionOf, refusal, serving } from "./support";

afterEach(cleanUp);

const fraudDir = path.join(EXAMPLES, "card-fraud");

describe("a prediction over HTTP", () => {
  it("equals the one in process bit for bit, in binary and in JSON", async () => {
    const { url } = await serving(path.join(fraudDir, "model.onnx"));
    const infer = onnxInfer({ pipeline: cardFraud, baseDir: fraudDir });
    const width = cardFraud.featureNames.length;
    const rows = Array.from({ length: 50 }, (_, row) =>
      Array.from({ length: width }, (_, i) => Math.fround(((row * width + i) * 37) % 1_009) / 7),
    );
    const features = matrix(...rows);

    const expected = (await infer.infer(features))["probabilities"]!;
    const { version } = await infer.warmUp();
    await infer.close();
    const binary = await predictionOf(url, features);
    const json = (await (await postJson(`${url}/score`, { instances: rows })).json()) as {
      predictions: { probabilities: number[] }[];
      model: string;
    };

    expect(binary.outputs["probabilities"]).toEqual(expected);
    expect(json.predictions.flatMap(({ probabilities }) => probabilities)).toEqual(listed(expected));
    expect([binary.model, json.model]).toEqual([version, version]);
    expect([binary.rows, binary.width]).toEqual([50, width]);
  });

  it("has labels as strings", async () => {
    const { url } = await serving("string-labels");
    const rows = [
      [3, 0, 0, 0],
      [0, 0, 2, 2],
    ];

    const { outputs } = await predictionOf(url, matrix(...rows));
    const { predictions } = (await (await postJson(`${url}/predict`, { input_data: rows })).json()) as {
      predictions: { label: string }[];
    };

    expect(outputs["label"]).toEqual({ width: 1, data: ["cold", "hot"] });
    expect(predictions.map(({ label }) => label)).toEqual(["cold", "hot"]);
  });

  it("answers in the form of the request unless another is asked for", async () => {
    const { url } = await serving("linear");
    const rows = matrix([1, 2, 4, 0.5]);
    const typeOf = async (answer: Promise<Response>) => (await answer).headers.get("content-type");

    expect(await typeOf(postRows(`${url}/score`, rows, { accept: "*/*" }))).toBe(RESPONSE_TYPE);
    expect(await typeOf(postRows(`${url}/score`, rows, { accept: "application/json" }))).toBe("application/json");
    expect(await typeOf(postJson(`${url}/score`, { instances: [[1, 2, 4, 0.5]] }))).toBe("application/json");
    expect(await typeOf(postJson(`${url}/score`, { instances: [[1, 2, 4, 0.5]] }, { accept: RESPONSE_TYPE }))).toBe(
      RESPONSE_TYPE,
    );
  });

  it("goes by what the body is, not by what it is called", async () => {
    const { url } = await serving("linear");

    const called = await postRows(`${url}/score`, matrix([1, 2, 4, 0.5]), { "content-type": "application/json" });
    const uncalled = await postJson(`${url}/score`, { instances: [[1, 2, 4, 0.5]] }, { "content-type": REQUEST_TYPE });

    expect([called.status, uncalled.status]).toEqual([200, 200]);
  });

  it("of no rows is no predictions", async () => {
    const { url } = await serving("linear");

    const json = await (await postJson(`${url}/score`, { instances: [] })).json();
    const binary = await predictionOf(url, { rows: 0, width: 4, data: new Float32Array() });

    expect(json).toMatchObject({ predictions: [] });
    expect(binary.rows).toBe(0);
  });

  it("is the same alone and among many at once", async () => {
    const { url } = await serving("linear");
    const rows = Array.from({ length: 40 }, (_, i) => matrix([i, -i, i / 2, 1], [i, 0, 0, 0]));
    const alone: number[][] = [];
    for (const one of rows) alone.push(listed((await predictionOf(url, one)).outputs["score"]) as number[]);

    const together = await Promise.all(rows.map((one) => predictionOf(url, one)));

    expect(together.map(({ outputs }) => listed(outputs["score"]))).toEqual(alone);
  });
});

describe("what a model server refuses", () => {
  it("says what is expected of a body that is something else", async () => {
    const { url } = await serving("linear");

    const { status, code, message } = await refusal(await postJson(`${url}/invocations`, "1,2,3,4"));

    expect([status, code]).toEqual([400, "model-input"]);
    expect(message).toContain('{"instances": [[...], ...]}');
  });

  it("names both widths, in binary and in JSON", async () => {
    const { url } = await serving("linear");

    const binary = await refusal(await postRows(`${url}/score`, matrix([1, 2, 3])));
    const json = await refusal(await postJson(`${url}/score`, { instances: [[1, 2, 3]] }));

    expect(binary).toEqual({ status: 400, code: "model-input", message: "Rows have 3 features; this model takes 4." });
    expect(json.message).toBe("Row 0 has 3 features; this model takes 4.");
  });

  it("is more rows than it takes at once, and says how many that is", async () => {
    const { url } = await serving("linear", { maxRows: 2 });
    const row = [0, 0, 0, 0];

    const { status, code, message } = await refusal(await postRows(`${url}/score`, matrix(row, row, row)));

    expect([status, code]).toEqual([413, "oversize"]);
    expect(message).toContain("3 rows; this server takes 2");
  });

  it("is a longer body than it takes, announced or not", async () => {
    const { url } = await serving("linear", { maxBodyBytes: 1_000 });
    const long = new Uint8Array(300_000);
    const unannounced = new ReadableStream({
      start(controller) {
        controller.enqueue(long);
        controller.close();
      },
    });

    const told = await refusal(await fetch(`${url}/score`, { method: "POST", body: long }));
    const found = await refusal(
      await fetch(`${url}/score`, { method: "POST", body: unannounced, duplex: "half" } as RequestInit),
    );

    for (const one of [told, found]) expect(one).toMatchObject({ status: 413, code: "oversize" });
    expect((await predictionOf(url, matrix([0, 0, 0, 0]))).rows).toBe(1);
  });

  it("is a row that the model has no answer to, and the others get theirs", async () => {
    const { url } = await serving("lookup");

    const [good, bad, alsoGood] = await Promise.all([
      predictionOf(url, matrix([1, 0, 0, 0])),
      postRows(`${url}/score`, matrix([99, 0, 0, 0])).then(refusal),
      predictionOf(url, matrix([2, 0, 0, 0])),
    ]);

    expect(bad).toMatchObject({ status: 400, code: "model-input" });
    expect(listed(good.outputs["score"])).toEqual([Math.fround(0.2)]);
    expect(listed(alsoGood.outputs["score"])).toEqual([Math.fround(0.3)]);
  });

  it("is a question that the model answers with another number of rows", async () => {
    const { url } = await serving("drops-rows");

    const answer = await refusal(await postRows(`${url}/score`, matrix([9, 0, 0, 0], [1, 0, 0, 0])));

    expect(answer).toMatchObject({ status: 422, code: "model-output" });
  });

  it("is a run for which there is not enough memory, to be tried again", async () => {
    const { url } = await serving("hungry");

    const response = await postRows(`${url}/score`, matrix([9, 0, 0, 0]));

    expect(response.headers.get("retry-after")).toBe("1");
    expect(await refusal(response)).toMatchObject({ status: 503, code: "unavailable" });
  });

  it("is junk of any kind, and it goes on", async () => {
    const { url } = await serving("linear");
    const binary = fc.uint8Array().map((bytes) => Uint8Array.from([0x53, 0x4c, 0x46, 0x31, ...bytes]));
    const text = fc.oneof(fc.json(), fc.string({ unit: "binary" })).map((value) => new Uint8Array(Buffer.from(value)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(binary, text, fc.uint8Array()), async (body) => {
        const answer = await refusal(await fetch(`${url}/score`, { method: "POST", body: Uint8Array.from(body) }));

        expect(answer).toMatchObject({ status: 400, code: "model-input" });
      }),
      { numRuns: 200 },
    );

    expect((await predictionOf(url, matrix([0, 0, 0, 0]))).rows).toBe(1);
  });
});
