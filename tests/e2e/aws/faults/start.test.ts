import path from "node:path";
import { beforeAll, expect, it, jest } from "@jest/globals";
import { openLambda } from "../../../../emulators/aws/lambda";
import { bundleFunction } from "../../../../functions/aws/bundle";
import { scratch } from "../../../support/cli";

const PIPELINE = path.resolve(__dirname, "../../../../examples/card-fraud/pipeline.ts");

/** As the stack sets it. Nothing listens: a function that does not start calls nobody. */
const COMPLETE: Readonly<Record<string, string>> = {
  SLUICE_TABLE: "table",
  SLUICE_BUCKET: "bucket",
  SLUICE_BUS: "bus",
  SLUICE_INFERENCE: "endpoint",
  SLUICE_ENDPOINT: "model",
  AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: "http://127.0.0.1:9",
};

const outDir = scratch();
let directory: string;

jest.setTimeout(60_000);

beforeAll(async () => {
  ({ directory } = await bundleFunction({ pipelineFile: PIPELINE, inference: "endpoint", outDir }));
});

it.each<[string, string, string | undefined]>([
  ["SLUICE_TABLE", "is not set", undefined],
  ["SLUICE_BUCKET", "is not set", " "],
  ["SLUICE_BUS", "names no event bus", undefined],
  ["SLUICE_ENDPOINT", "is not set", ""],
  ["SLUICE_INFERENCE", 'is "in-process", and the code was bundled for "endpoint"', "in-process"],
  ["SLUICE_TTL_DAYS", 'is "a week", not a whole number of days', "a week"],
  ["SLUICE_LATEST", 'is "yes", and 1 or nothing is meant', "yes"],
])(
  "F21 half-applied deployment: the function with a wrong %s does not start, and says so in one message: it %s",
  async (name, problem, value) => {
    const { [name]: _, ...others } = COMPLETE;
    const environment = value === undefined ? others : { ...others, [name]: value };
    const lambda = openLambda({ directory, environment });

    const error: { errorType?: string; message?: string } = await lambda.invoke({ Records: [] }).then(
      () => ({}),
      (thrown) => thrown,
    );
    await lambda.close();

    expect(error.errorType).toBe("ConfigError");
    expect(error.message).toContain(`${name} ${problem}`);
    expect(error.message).toContain("Deploy again");
    expect(error.message?.match(/SLUICE_\w+/g)).toEqual([name]);
    expect(lambda.stats.invocations).toBe(0);
  },
);

it("F21 the same function starts with every variable as the stack sets it", async () => {
  const lambda = openLambda({ directory, environment: COMPLETE });

  const answer = await lambda.invoke({ Records: [] });
  await lambda.close();

  expect(answer).toEqual({ batchItemFailures: [] });
});
