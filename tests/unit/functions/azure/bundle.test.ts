import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { zipSync } from "fflate";
import { openAzureMl } from "../../../../emulators/azure/azure-ml";
import cardFraud, { generate } from "../../../../examples/card-fraud/pipeline";
import { bundleFunction } from "../../../../functions/azure/bundle";
import { hostJson } from "../../../../functions/azure/trigger";
import type { Placed } from "../../../../functions/bundle/manifest";
import { startModelServer } from "../../../../functions/model-server/server";
import { openPath } from "../../../support/azure/path";
import { type AzureServices, openAzureServices } from "../../../support/azure/services";
import { scratch } from "../../../support/cli";
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
import { until } from "../../../support/until";

jest.setTimeout(120_000);

const CARD_FRAUD = path.resolve(__dirname, "..", "..", "..", "..", "examples", "card-fraud", "pipeline.ts");
const MODEL_DIR = path.dirname(CARD_FRAUD);

const outDir = scratch();
let made: Placed;
let endpoint: Placed;
let services: AzureServices;

beforeAll(async () => {
  made = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "in-process", outDir });
  endpoint = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "endpoint", outDir });
  services = await openAzureServices();
});

afterAll(() => services.close());

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
      target: { platform: "linux", arch: "x64" },
      node: "22",
      onnxruntime: "1.30.0",
    });
    expect(names.filter((name) => name.includes("napi"))).toEqual([
      "function/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1",
      "function/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node",
    ]);
  });

  it("names its main file for the host, as CommonJS, and depends on nothing", () => {
    const { directory, manifest } = made;
    const { main, type, dependencies } = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));

    expect([main, type, dependencies]).toEqual(["index.cjs", undefined, undefined]);
    expect(manifest.files.map((file) => file.path)).toContain(main);
  });

  it("brings the host's settings along: those of the deployment", async () => {
    const host = { maxEventBatchSize: 32, timeoutSeconds: 90 };

    const other = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "endpoint", outDir: scratch(), host });

    const text = ({ directory }: Placed) => readFileSync(path.join(directory, "host.json"), "utf8");
    expect([text(made), text(other)]).toEqual([hostJson(), hostJson(host)]);
    expect(other.hash).not.toBe(endpoint.hash);
  });

  it("stays within its ceilings: raised only by a change that says why", () => {
    const launcher = (placed: Placed) => bytesOf(placed, (name) => name === "index.cjs");

    expect(bytesOf(made)).toBeLessThan(48 * MB);
    // Without it, an XML parser that only lists of dead letters need has 79 KB of it.
    expect(codeOf(made)).toBeLessThan(350 * KB);
    expect(codeOf(endpoint)).toBeLessThan(350 * KB);
    // Nearly all of it is @azure/functions.
    expect(launcher(made)).toBeLessThan(84 * KB);
    expect(zipSync(contentsOf(endpoint), { level: 9 }).length).toBeLessThan(135 * KB);
  });

  it("loads three files at the start: the launcher, the entry, and all that it needs", () => {
    const [loaded, ...more] = importsOf(made, "function/index.mjs");

    expect(more).toEqual([]);
    expect(importsOf(made, `function/${loaded}`)).toEqual([]);
    expect(bytesOf(made, (name) => name === `function/${loaded}`)).toBeLessThan(260 * KB);
  });

  it("carries the code of one kind of inference, and of Microsoft's libraries the one that registers", () => {
    const launcher = readFileSync(path.join(made.directory, "index.cjs"), "utf8");

    expect(textOf(made)).toContain('import("onnxruntime-node")');
    expect(textOf(endpoint)).not.toContain("onnxruntime-node");
    expect(textOf(endpoint)).toContain("azureml-model-deployment");
    expect(textOf(made)).not.toContain("azureml-model-deployment");
    for (const text of [textOf(made), textOf(endpoint), launcher])
      expect(text).not.toMatch(/core-rest-pipeline|rhea|msal|CosmosClient|BlobServiceClient/);
    expect(launcher).toContain('require("@azure/functions-core")');
    expect(endpoint.manifest.files.map(({ path: name }) => name)).not.toContain("function/model.onnx");
  });

  it("is the same bytes whenever it is made, and leaves nothing half done", async () => {
    const again = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "in-process", outDir: scratch() });
    const inPlace = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "endpoint", outDir });

    expect([again.hash, again.manifest]).toEqual([made.hash, made.manifest]);
    expect(inPlace).toEqual(endpoint);
    expect(readdirSync(outDir).sort()).toEqual([made.hash, endpoint.hash].sort());
  });

  it("uses nothing that version 22 of Node has not", () => {
    const launcher = readFileSync(path.join(made.directory, "index.cjs"), "utf8");

    for (const text of [textOf(made), textOf(endpoint), launcher])
      expect(text).not.toMatch(
        /Promise\.try\(|RegExp\.escape\(|Error\.isError\(|\.fromBase64\(|\.toBase64\(|Math\.sumPrecise|Float16Array|Atomics\.pause|Iterator\.concat\(|\bawait using\b|\busing [a-z]/,
      );
  });
});

describe("a bundled function in the Functions host", () => {
  it.each([
    ["in process", "in-process", undefined],
    ["in a container app", "endpoint", "container-app"],
    ["on Azure ML", "endpoint", "azure-ml"],
  ] as const)(
    "with its model %s brings from Event Hubs to Cosmos DB what a run on this machine does",
    async (_, inference, kind) => {
      const bodies = bodiesOf(400);
      const { directory } = await bundleFunction({ pipelineFile: CARD_FRAUD, inference, outDir, ...HERE });
      const model = await openModel(kind);
      const way = await openPath(services, { partitions: 4, deployed: { directory, environment: model.environment } });
      try {
        await publish(way, bodies);
        await way.run();
        const [stored, letters, archived] = [await way.stored(), await way.letters(), await way.archived()];

        const local = await processedHere(cardFraud, MODEL_DIR, bodies);
        expect(byId(stored)).toEqual(byId([...local.predictions.values()]));
        expect(stored.length).toBeGreaterThan(300);
        expect(codes(letters)).toEqual(codes([...local.letters.values()]));
        expect(letters.length).toBeGreaterThan(0);
        expect(new Set(way.actions().map(({ id }) => id))).toEqual(new Set(local.actions.keys()));
        expect(way.actions().length).toBeGreaterThan(0);
        expect(archived).toHaveLength(bodies.length);
        expect(way.host.stats).toMatchObject({ failures: 0, workerStarts: 1 });
      } finally {
        await way.close();
        await model.close();
      }
    },
  );

  it("says once in its log what is wrong with its settings, and lets no event pass", async () => {
    const lines: string[] = [];
    const environment = { SLUICE_INFERENCE: "in-process", SLUICE_MIN_BACKOFF_SECONDS: "1" };
    const deployed = { directory: endpoint.directory, environment, onLog: (line: string) => lines.push(line) };
    const way = await openPath(services, { deployed });
    try {
      await publish(way, bodiesOf(3));
      const host = await way.start();
      await until(() => host.stats.failures >= 2);

      expect(way.host.checkpoints()).toEqual({});
      const said = lines.filter((line) => line.startsWith("error: "));
      expect(said).toEqual([expect.stringContaining('SLUICE_INFERENCE is "in-process"')]);
    } finally {
      await way.close();
    }
  });
});

function bodiesOf(count: number): (string | Uint8Array)[] {
  return [...generate({ seed: 11, count })].map(({ body }) => body);
}

async function publish(way: Awaited<ReturnType<typeof openPath>>, bodies: readonly (string | Uint8Array)[]) {
  const keys = bodies.map((_, index) => `key-${index % 20}`);
  const { failures } = await way.ingest.publish({ keys, bodies });
  expect(failures).toEqual([]);
}

/** The model server, where the function asks for one: by itself, or behind Azure ML. */
async function openModel(kind: "container-app" | "azure-ml" | undefined) {
  if (kind === undefined) return { environment: { SLUICE_INFERENCE: "in-process" }, close: async () => {} };
  const server = await startModelServer({ modelDirs: [MODEL_DIR] });
  await server.ready;
  const { identity } = services.services;
  const azureMl = await openAzureMl({ endpoints: { fraud: server.url }, identity });
  return {
    environment: {
      SLUICE_INFERENCE: "endpoint",
      SLUICE_ENDPOINT: kind === "azure-ml" ? azureMl.url("fraud") : server.url,
      SLUICE_ENDPOINT_KIND: kind,
    },
    close: async () => {
      await azureMl.close();
      await server.close();
    },
  };
}
