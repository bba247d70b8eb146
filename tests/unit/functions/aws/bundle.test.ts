import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it, jest } from "@jest/globals";
import { zipSync } from "fflate";
import { awsDeadLetters } from "../../../../adapters/aws/deadletter";
import { awsStore } from "../../../../adapters/aws/store";
import { openLambda } from "../../../../emulators/aws/lambda";
import { openSageMaker } from "../../../../emulators/aws/sagemaker";
import cardFraud, { generate } from "../../../../examples/card-fraud/pipeline";
import { bundleFunction } from "../../../../functions/aws/bundle";
import type { Placed } from "../../../../functions/bundle/manifest";
import { startModelServer } from "../../../../functions/model-server/server";
import { openAwsServices } from "../../../support/aws/services";
import { scratch } from "../../../support/cli";
import { kinesisEvent } from "../../../support/kinesis-event";
import {
  byId,
  bytesOf,
  codeOf,
  codes,
  contentsOf,
  HERE,
  importsOf,
  KB,
  MB,
  processedHere,
  textOf,
} from "../../../support/placed";

jest.setTimeout(120_000);

const EXAMPLES = path.resolve(__dirname, "..", "..", "..", "..", "examples");
const CARD_FRAUD = path.join(EXAMPLES, "card-fraud", "pipeline.ts");
const MODEL_DIR = path.dirname(CARD_FRAUD);
const OCCUPANCY = path.join(EXAMPLES, "occupancy", "pipeline.ts");

const outDir = scratch();
let made: Placed;
let endpoint: Placed;

beforeAll(async () => {
  made = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "in-process", outDir });
  endpoint = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "endpoint", outDir });
});

describe("a function in a package", () => {
  it("has what it runs with, and a list of it", () => {
    const { directory, manifest, hash } = made;
    const names = manifest.files.map((file) => file.path);

    expect(path.basename(directory)).toBe(hash);
    expect(JSON.parse(readFileSync(path.join(directory, "manifest.json"), "utf8"))).toEqual(manifest);
    expect(manifest).toMatchObject({
      pipeline: "card-fraud",
      pipelineVersion: "1",
      inference: "in-process",
      model: { file: "model.onnx", version: "sha256:61dd660666cd7996" },
      target: { platform: "linux", arch: "arm64" },
      node: "24",
      onnxruntime: "1.30.0",
    });
    expect(names).toEqual(expect.arrayContaining(["index.mjs", "model.onnx", "package.json"]));
    expect(names.filter((name) => name.includes("napi"))).toEqual([
      "node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1",
      "node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/onnxruntime_binding.node",
    ]);
  });

  it("stays within its ceilings: raised only by a change that says why", () => {
    const unzipped = bytesOf(made);
    const zipped = zipSync(contentsOf(made), { level: 9 }).length;

    // Lambda takes 50 MB zipped and 250 MB unzipped: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    expect(zipped).toBeLessThan(11 * MB);
    expect(unzipped).toBeLessThan(27 * MB);
    expect(codeOf(made)).toBeLessThan(620 * KB);
    expect(codeOf(endpoint)).toBeLessThan(680 * KB);
    expect(zipSync(contentsOf(endpoint), { level: 9 }).length).toBeLessThan(240 * KB);
  });

  it("loads two files at the start: the entry, and all that it needs", () => {
    const [loaded, ...more] = importsOf(made, "index.mjs");

    expect(more).toEqual([]);
    expect(importsOf(made, loaded ?? "")).toEqual([]);
    expect(bytesOf(made, (name) => name === loaded)).toBeLessThan(450 * KB);
  });

  it("carries the code of one kind of inference", () => {
    expect(textOf(made)).toContain('import("onnxruntime-node")');
    expect(textOf(made)).not.toContain("InvokeEndpoint");
    expect(textOf(endpoint)).toContain("InvokeEndpoint");
    expect(textOf(endpoint)).not.toContain("onnxruntime-node");
    expect(endpoint.manifest).toMatchObject({ inference: "endpoint", onnxruntime: undefined });
    expect(endpoint.manifest.files.map(({ path: name }) => name)).not.toContain("model.onnx");
  });

  it("carries no generator of events, no other languages and no search for credentials", () => {
    const text = textOf(made);

    for (const [what, sample] of Object.entries({ generator: "customers", language: "Ungültige", sso: "sso_session" }))
      expect([what, text.includes(sample)]).toEqual([what, false]);
    expect(text).not.toContain(EXAMPLES);
  });

  it("is the same bytes whenever it is made, and another for another model", async () => {
    const other = path.join(scratch(), "other.onnx");
    writeFileSync(other, Buffer.concat([readFileSync(path.join(EXAMPLES, "card-fraud", "model.onnx")), Buffer.of(0)]));

    const again = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "in-process", outDir: scratch() });
    const changed = await bundleFunction({
      pipelineFile: CARD_FRAUD,
      modelFile: other,
      inference: "endpoint",
      outDir: scratch(),
    });

    expect(again.hash).toBe(made.hash);
    expect(again.manifest).toEqual(made.manifest);
    expect(changed.hash).not.toBe(endpoint.hash);
    expect(changed.manifest.model.file).toBe("other.onnx");
  });

  it("stays where it is if it is made again, and leaves nothing half done", async () => {
    const again = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "endpoint", outDir });

    expect(again).toEqual(endpoint);
    expect(readdirSync(outDir).sort()).toEqual([made.hash, endpoint.hash].sort());
  });

  it.each([
    ["no pipeline file", { pipelineFile: "none.ts" }, "pipeline file none.ts: there is no such file."],
    ["no model", { modelFile: "none.onnx" }, "model file none.onnx: there is no such file."],
    ["no library for its platform", { platform: "darwin", arch: "x64" } as const, "has no library for it."],
  ])("is not made with %s", async (_, wrong, message) => {
    const making = bundleFunction({ pipelineFile: CARD_FRAUD, inference: "in-process", outDir, ...wrong });

    await expect(making).rejects.toMatchObject({ name: "ConfigError", message: expect.stringContaining(message) });
    expect(readdirSync(outDir)).toHaveLength(2);
  });
});

describe("a bundled function on Lambda", () => {
  it.each(["in-process", "endpoint"] as const)(
    "with its model %s stores what a run on this machine does, keeps bad events and publishes actions",
    async (inference) => {
      const bodies = [...generate({ seed: 11, count: 400 })].map(({ body }) => body);
      const services = await openAwsServices();
      await services.provision({ table: "predictions", bucket: "letters", bus: "alerts" });
      const endpoint = await openEndpoint();
      const { directory } = await bundleFunction({ pipelineFile: CARD_FRAUD, inference, outDir, ...HERE });
      const lambda = openLambda({
        directory,
        memoryMb: 1_024,
        environment: { ...services.environment, ...endpoint.environment, ...VARIABLES, SLUICE_INFERENCE: inference },
      });
      try {
        const store = awsStore({ table: "predictions", ...services.client("dynamodb") });
        const letters = awsDeadLetters({ bucket: "letters", ...services.client("s3") });

        const answer = await lambda.invoke(kinesisEvent(bodies));
        const stored = await all(store.query({ limit: 1_000 }));
        const dead = await all(letters.list({ limit: 1_000 }));
        const alerts = services.services.eventbridge.events("alerts");

        const local = await processedHere(cardFraud, MODEL_DIR, bodies);
        expect(answer).toEqual({ batchItemFailures: [] });
        expect(byId(stored)).toEqual(byId([...local.predictions.values()]));
        expect(stored.length).toBeGreaterThan(300);
        expect(codes(dead)).toEqual(codes([...local.letters.values()]));
        expect(dead.length).toBeGreaterThan(0);
        expect(alerts.map(({ detail }) => detail["id"]).sort()).toEqual([...local.actions.keys()].sort());
        expect(alerts.length).toBeGreaterThan(0);
      } finally {
        await lambda.close();
        await endpoint.close();
        await services.close();
      }
    },
  );

  it("is any pipeline", async () => {
    const { directory, manifest } = await bundleFunction({
      pipelineFile: OCCUPANCY,
      inference: "in-process",
      outDir,
      ...HERE,
    });
    const lambda = openLambda({ directory, memoryMb: 1_024, environment: { ...NOWHERE, ...VARIABLES } });
    try {
      const answer = await lambda.invoke({ Records: [] });

      expect(manifest.pipeline).toBe("occupancy");
      expect(answer).toEqual({ batchItemFailures: [] });
    } finally {
      await lambda.close();
    }
  });

  it("says in its log what is wrong with its settings", async () => {
    const lines: string[] = [];
    const lambda = openLambda({
      directory: endpoint.directory,
      environment: NOWHERE,
      onLog: (line) => lines.push(line),
    });
    try {
      const invoking = lambda.invoke({ Records: [] });

      await expect(invoking).rejects.toThrow("SLUICE_TABLE is not set");
    } finally {
      await lambda.close();
    }
  });
});

const VARIABLES = { SLUICE_TABLE: "predictions", SLUICE_BUCKET: "letters", SLUICE_BUS: "alerts" };
const NOWHERE = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The model in a container of its own, as SageMaker runs it. */
async function openEndpoint() {
  const server = await startModelServer({ modelDirs: [MODEL_DIR] });
  await server.ready;
  const sagemaker = await openSageMaker({ endpoints: { models: server.url } });
  return {
    environment: { AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: sagemaker.endpoint, SLUICE_ENDPOINT: "models" },
    close: async () => {
      await sagemaker.close();
      await server.close();
    },
  };
}
