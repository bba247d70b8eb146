/** @jest-environment ./tests/support/native-environment.cjs */

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { failing } from "../../../emulators/aws/faults";
import { openLambda } from "../../../emulators/aws/lambda";
import { bundleFunction } from "../../../functions/aws/bundle";
import { openAwsServices } from "../../support/aws/services";
import { scratch } from "../../support/cli";
import { duringTests } from "../../support/during-tests";
import { kinesisEvent } from "../../support/kinesis-event";
import { inferWith } from "../../support/onnx";
import { HERE } from "../../support/placed";

const ROOT = path.resolve(__dirname, "../../..");
const PIPELINE = path.join(ROOT, "tests/fixtures/pipelines/deadly.ts");
const outDir = scratch();

const services = duringTests(openAwsServices);

jest.setTimeout(30_000);

/** What tests/infra/aws/pitfalls.ts cannot see: the function and its model server. Numbers as there. */
describe("known pitfalls of AWS, in what runs there", () => {
  it("17: the model has one thread, as a function has one CPU", async () => {
    const [unsaid, one] = [inferWith("linear"), inferWith("linear", { threads: 1 })];

    // Adapters share a session if they ask for the same model and the same number of threads.
    const same = (await unsaid.client()) === (await one.client());

    expect(same).toBe(true);
    await unsaid.close();
    await one.close();
  });

  it("20: the image is built for the one architecture that serverless endpoints have, and as the one kind that they take", () => {
    const readme = readFileSync(path.join(ROOT, "functions/model-server/README.md"), "utf8");

    const [command = ""] = /docker buildx build(?:.*\\\n)*.*/.exec(readme) ?? [];

    expect(command).toContain("--platform linux/amd64 --provenance=false --sbom=false --output type=docker");
  });

  it("24: the log tells of retries and of batches, and holds nothing of an event", async () => {
    const secret = "4111-1111-1111-1111";
    const log: string[] = [];
    await services().provision({ table: "pitfalls", bucket: "pitfalls" });
    services().faults.dynamodb.set(failing("unavailable"));
    services().faults.s3.set(failing("unavailable"));
    const { directory } = await bundleFunction({
      ...{ pipelineFile: PIPELINE, inference: "in-process", outDir },
      ...HERE,
    });
    const environment = { ...services().environment, SLUICE_TABLE: "pitfalls", SLUICE_BUCKET: "pitfalls" };
    const lambda = openLambda({ directory, environment, timeoutMs: 5_000, onLog: (line) => log.push(line) });
    const bodies = [
      `{"id":"e0","number":0,"note":"${secret}"}`,
      `{"id":"${secret}","number":1}`,
      `{"id":"e1","number":"${secret}"}`,
      `{"${secret}`,
    ];

    const answer = await lambda.invoke(kinesisEvent(bodies));
    await lambda.close();

    expect(answer).toMatchObject({ batchItemFailures: [{}] });
    expect(log.join("\n")).toContain('"type":"retry"');
    expect(log.join("\n")).toContain('"type":"batch"');
    expect(log.join("\n")).not.toContain(secret);
  });
});
