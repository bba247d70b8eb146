import { describe, expect, it } from "@jest/globals";
import { ConfigError, type FeatureMatrix, type ModelOutput, type ModelOutputs, SluiceError } from "sluice";
import {
  type Answer,
  createEndpointInfer,
  decodeRequest,
  type EndpointInferOptions,
  encodeResponse,
  REQUEST_TYPE,
} from "../../../../adapters/endpoint";
import { errorOf } from "../../../support/contract";
import { matrix, pipelineFor } from "../../../support/onnx";
import { gate } from "../../../support/promises";

interface Setting extends Partial<EndpointInferOptions> {
  outputs?: ModelOutputs;
  /** What the server answers to a request's rows. Default: the sum of each row as `score`. */
  answer?: (features: FeatureMatrix, call: number) => Partial<Answer>;
}

/** The adapter with a server in memory; `requests` is what that has seen. */
function setting({ outputs = { score: { width: 1 } }, answer = sums, ...options }: Setting = {}) {
  const requests: FeatureMatrix[] = [];
  const types: string[] = [];
  const infer = createEndpointInfer({
    pipeline: pipelineFor("any.onnx", { features: 2, outputs }),
    adapter: "test/infer",
    where: 'endpoint "fraud"',
    maxRequestBytes: 1_000_000,
    send: async (body, type) => {
      types.push(type);
      const features = decodeRequest(body);
      requests.push(features);
      const given = answer(features, requests.length);
      return encodeResponse({ model: "v1", rows: features.rows, width: 2, outputs: {}, ...given });
    },
    close: async () => {},
    ...options,
  });
  return { infer, requests, types };
}

function sums({ rows, width, data }: FeatureMatrix): { outputs: ModelOutput } {
  const sum = (_: unknown, row: number) => data.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0);
  return { outputs: { score: { width: 1, data: Float32Array.from({ length: rows }, sum) } } };
}

describe("inference at an endpoint", () => {
  it("sends the rows of a reused, longer matrix in one request and reads the declared outputs", async () => {
    const { infer, requests, types } = setting();
    const data = Float32Array.of(1, 2, 3, 4, 99, 99);

    const output = await infer.infer({ rows: 2, width: 2, data });

    expect(output).toEqual({ score: { width: 1, data: Float32Array.of(3, 7) } });
    expect(requests).toEqual([{ rows: 2, width: 2, data: Float32Array.of(1, 2, 3, 4) }]);
    expect(types).toEqual([REQUEST_TYPE]);
  });

  it("leaves out what the pipeline does not declare", async () => {
    const { infer } = setting({
      answer: (features) => ({ outputs: { ...sums(features).outputs, more: { width: 1, data: [1] } } }),
    });

    expect(Object.keys(await infer.infer(matrix([1, 2])))).toEqual(["score"]);
  });

  it("makes as few requests as rows and bytes allow, and one answer of theirs, in order", async () => {
    const byRows = setting({ maxRows: 2 });
    // 5,000 bytes of answer leave 904 for 113 doubles.
    const byBytes = setting({ maxRequestBytes: 5_000 });
    const rows = Array.from({ length: 300 }, (_, i) => [i, 0]);

    const joined = await byRows.infer.infer(matrix(...rows.slice(0, 5)));
    const large = await byBytes.infer.infer(matrix(...rows));

    expect(byRows.requests.map((request) => request.rows)).toEqual([2, 2, 1]);
    expect([...(joined["score"]?.data ?? [])]).toEqual([0, 1, 2, 3, 4]);
    expect(byBytes.requests.map((request) => request.rows)).toEqual([113, 113, 74]);
    expect([...(large["score"]?.data ?? [])]).toEqual(rows.map(([value]) => value));
    expect(byRows.infer.capabilities).toEqual({ where: "endpoint", maxRows: 2, maxRequestBytes: 1_000_000 });
  });

  it("joins labels, and numbers whose type differs from answer to answer", async () => {
    const outputs: ModelOutputs = { label: { width: 1, type: "string" }, count: { width: 1 } };
    const { infer } = setting({
      outputs,
      maxRows: 1,
      answer: (_, call) => ({
        outputs: {
          label: { width: 1, data: [`label ${call}`] },
          count: { width: 1, data: call === 1 ? Int32Array.of(1) : Float64Array.of(2 ** 40) },
        },
      }),
    });

    const output = await infer.infer(matrix([0, 0], [0, 0]));

    expect(output["label"]?.data).toEqual(["label 1", "label 2"]);
    expect([...(output["count"]?.data ?? [])]).toEqual([1, 2 ** 40]);
  });

  it("has copied the matrix before it waits", async () => {
    const bodies: FeatureMatrix[] = [];
    const first = gate();
    const { infer } = setting({
      maxRows: 1,
      send: async (body) => {
        if (bodies.length === 0) await first.promise;
        bodies.push(decodeRequest(body));
        return encodeResponse({ model: "v1", rows: 1, width: 2, ...sums(bodies.at(-1)!) });
      },
    });
    const features = matrix([1, 2], [3, 4]);

    const call = infer.infer(features);
    features.data.fill(0);
    first.open();
    const output = await call;

    expect([...(output["score"]?.data ?? [])]).toEqual([3, 7]);
  });

  it("sends nothing more once its signal aborts", async () => {
    const controller = new AbortController();
    const { infer, requests } = setting({
      maxRows: 1,
      answer: (features) => {
        controller.abort();
        return sums(features);
      },
    });

    const error = await errorOf(infer.infer(matrix([1, 2], [3, 4]), { signal: controller.signal }));

    expect(error).toMatchObject({ code: "cancelled", adapter: "test/infer" });
    expect(requests).toHaveLength(1);
  });

  it("asks nothing about no rows", async () => {
    const { infer, requests } = setting();

    expect(await infer.infer({ rows: 0, width: 2, data: new Float32Array(2) })).toEqual({
      score: { width: 1, data: [] },
    });
    expect(requests).toEqual([]);
  });

  it("takes no calls once it is closed, and frees what sends", async () => {
    let freed = 0;
    const { infer } = setting({
      close: async () => {
        freed++;
      },
    });

    await infer.close();

    expect(await errorOf(infer.infer(matrix([1, 2])))).toMatchObject({ code: "cancelled" });
    expect(await errorOf(infer.warmUp())).toMatchObject({ code: "cancelled" });
    expect(freed).toBe(1);
  });
});

describe("an answer that is not to the question", () => {
  it("blames the rows when it has another number of them", async () => {
    const { infer } = setting({
      answer: () => ({ rows: 1, outputs: { score: { width: 1, data: Float32Array.of(1) } } }),
    });

    expect(await errorOf(infer.infer(matrix([1, 2], [3, 4])))).toMatchObject({
      code: "model-output",
      retryable: false,
    });
  });

  it("of a model that was replaced blames no row, and says what does not fit", async () => {
    const { infer } = setting({ answer: () => ({ outputs: { label: { width: 1, data: ["a"] } } }) });

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ code: "internal", retryable: true });
    expect((error as SluiceError).message).toContain("no output `score`; it has label");
  });
});

describe("the warm-up of an endpoint", () => {
  it("is a real prediction, and tells the version of the model that answered", async () => {
    const { infer, requests } = setting();

    expect(await infer.warmUp()).toEqual({ version: "v1", width: 2 });
    expect(requests).toEqual([{ rows: 1, width: 2, data: new Float32Array(2) }]);
  });

  it("keeps the version up to date when the model is replaced", async () => {
    const { infer } = setting({ answer: (features, call) => ({ ...sums(features), model: `v${call}` }) });
    const info = await infer.warmUp();

    await infer.infer(matrix([1, 2]));

    expect(info.version).toBe("v2");
  });

  it("tries ones where the model has no answer for zeros", async () => {
    const { infer, requests } = setting({
      answer: (features, call) => {
        if (call === 1) throw new SluiceError("model-input", "infer", "No logarithm of zero.");
        return sums(features);
      },
    });

    await infer.warmUp();

    expect(requests.map(({ data }) => [...data])).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it("is the user's mistake when no row can be predicted", async () => {
    const { infer } = setting({
      answer: () => {
        throw new SluiceError("model-input", "infer", "Rows have 2 features; this model takes 30.");
      },
    });

    const error = await mistake(infer);

    expect(error.where).toBe('endpoint "fraud"');
    expect(error.what).toContain("this model takes 30");
  });

  it("passes an outage on", async () => {
    const down = new SluiceError("unavailable", "infer", "down");
    const { infer } = setting({ send: () => Promise.reject(down) });

    expect(await errorOf(infer.warmUp())).toBe(down);
  });

  it.each<[string, Partial<Answer>, ModelOutputs]>([
    ["takes 3 features", { width: 3, ...sums(matrix([0, 0])) }, { score: { width: 1 } }],
    ["no output `score`", { outputs: { other: { width: 1, data: [1] } } }, { score: { width: 1 } }],
    ["has 2 values per row", { outputs: { score: { width: 2, data: [1, 2] } } }, { score: { width: 1 } }],
    ["holds strings", { outputs: { score: { width: 1, data: ["a"] } } }, { score: { width: 1 } }],
    ["holds numbers", { outputs: { label: { width: 1, data: [1] } } }, { label: { width: 1, type: "string" } }],
    ["no output `toString`", { outputs: {} }, { toString: { width: 1 } }],
  ])("is the user's mistake when the model %s", async (reason, answer, outputs) => {
    const { infer } = setting({ outputs, answer: () => answer });

    const error = await mistake(infer);

    expect(error.what).toContain(reason);
    expect(error.fix).not.toBe("");
  });
});

async function mistake(infer: { warmUp(): Promise<unknown> }): Promise<ConfigError> {
  const thrown = await errorOf(infer.warmUp());
  expect(thrown).toBeInstanceOf(ConfigError);
  return thrown as ConfigError;
}
