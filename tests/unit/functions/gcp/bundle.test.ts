import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it, jest } from "@jest/globals";
import { zipSync } from "fflate";
import { encodeEnvelope } from "sluice";
import { decodeRequest, encodeResponse } from "../../../../adapters/endpoint";
import { startInstance } from "../../../../emulators/gcp/cloud-run/instance";
import cardFraud, { generate } from "../../../../examples/card-fraud/pipeline";
import type { Placed } from "../../../../functions/bundle/manifest";
import { bundleFunction, SERVER } from "../../../../functions/gcp/bundle";
import { scratch } from "../../../support/cli";
import { type GcpStubAnswer, metadataAnswer, openGcpStub } from "../../../support/gcp-stub";
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
import { COMMANDS, deployed, type Host } from "./deployed";

jest.setTimeout(120_000);

const CARD_FRAUD = path.resolve(__dirname, "..", "..", "..", "..", "examples", "card-fraud", "pipeline.ts");
const MODEL_DIR = path.dirname(CARD_FRAUD);

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
      target: { platform: "linux", arch: "x64" },
      node: "24",
      onnxruntime: "1.30.0",
    });
    expect(names.filter((name) => name.includes("napi"))).toEqual([
      "function/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1",
      "function/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node",
    ]);
  });

  it("names its main file for the build, depends on nothing, and keeps clear of the folder that the build empties", () => {
    const { directory, manifest } = made;
    const { main, dependencies } = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));
    const names = manifest.files.map((file) => file.path);

    expect(names).toContain(main);
    expect(names).toContain(SERVER);
    expect(dependencies).toBeUndefined();
    expect(names.filter((name) => name.startsWith("node_modules/"))).toEqual([]);
  });

  it("stays within its ceilings: raised only by a change that says why", () => {
    // A function takes 100 MB zipped and 500 MB unzipped: https://cloud.google.com/functions/quotas
    expect(bytesOf(made)).toBeLessThan(48 * MB);
    expect(codeOf(made)).toBeLessThan(280 * KB);
    expect(codeOf(endpoint)).toBeLessThan(280 * KB);
    expect(zipSync(contentsOf(endpoint), { level: 9 }).length).toBeLessThan(100 * KB);
  });

  it("loads two files at the start: the entry, and all that it needs", () => {
    const [loaded, ...more] = importsOf(made, "function/index.mjs");

    expect(more).toEqual([]);
    expect(importsOf(made, `function/${loaded}`)).toEqual([]);
  });

  it("carries the code of one kind of inference, no client library and no framework", () => {
    expect(textOf(made)).toContain('import("onnxruntime-node")');
    expect(textOf(endpoint)).not.toContain("onnxruntime-node");
    expect(textOf(endpoint)).toContain(":rawPredict");
    expect(textOf(made)).not.toContain(":rawPredict");
    for (const text of [textOf(made), textOf(endpoint)]) expect(text).not.toMatch(/grpc-js|google-gax|express/);
    expect(endpoint.manifest.files.map(({ path: name }) => name)).not.toContain("function/model.onnx");
  });

  it("is the same bytes whenever it is made, and leaves nothing half done", async () => {
    const again = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "in-process", outDir: scratch() });
    const inPlace = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "endpoint", outDir });

    expect([again.hash, again.manifest]).toEqual([made.hash, made.manifest]);
    expect(inPlace).toEqual(endpoint);
    expect(readdirSync(outDir).sort()).toEqual([made.hash, endpoint.hash].sort());
  });
});

describe("a bundled function on Cloud Run", () => {
  it.each([
    ["in process", "functions-framework", "in-process", undefined],
    ["in process", "its own server", "in-process", undefined],
    ["on Cloud Run", "functions-framework", "endpoint", "cloud-run"],
    ["on Vertex AI", "its own server", "endpoint", "vertex"],
  ] as const)(
    "with its model %s, behind %s, brings from Pub/Sub to Firestore what a run on this machine does",
    async (_, host, inference, kind) => {
      const bodies = bodiesOf(400);
      const { directory } = await bundleFunction({ pipelineFile: CARD_FRAUD, inference, outDir, ...HERE });
      const path = await deployed({ directory, inference, modelDir: MODEL_DIR, host, kind });
      try {
        await path.process(bodies);
        const [stored, letters, actions] = [await path.stored(), await path.letters(), await path.actions()];

        const local = await processedHere(cardFraud, MODEL_DIR, bodies);
        expect(byId(stored)).toEqual(byId([...local.predictions.values()]));
        expect(stored.length).toBeGreaterThan(300);
        expect(codes(letters)).toEqual(codes([...local.letters.values()]));
        expect(letters.length).toBeGreaterThan(0);
        expect(actions.sort()).toEqual([...local.actions.keys()].sort());
        expect(actions.length).toBeGreaterThan(0);
        expect([path.stats.requests, path.stats.coldStarts, path.log]).toEqual([8, 1, []]);
      } finally {
        await path.close();
      }
    },
  );

  it("takes no push but the subscription's own where it is told whose", async () => {
    const inference = "in-process";
    const { directory } = await bundleFunction({ pipelineFile: CARD_FRAUD, inference, outDir, ...HERE });
    const path = await deployed({ directory, inference, modelDir: MODEL_DIR, host: "its own server", verified: true });
    try {
      await path.process(bodiesOf(50));
      const stranger = await fetch(path.url, { method: "POST", body: "{}" });
      const ready = await fetch(`${path.url}/ready`);

      expect((await path.stored()).length).toBeGreaterThan(0);
      expect([stranger.status, ready.status]).toEqual([401, 200]);
      expect(path.log).toEqual([expect.stringContaining("it carries no token")]);
    } finally {
      await path.close();
    }
  });

  it("answers malformed requests without a word about the code, behind functions-framework too", async () => {
    const inference = "in-process";
    const { directory } = await bundleFunction({ pipelineFile: CARD_FRAUD, inference, outDir, ...HERE });
    const path = await deployed({ directory, inference, modelDir: MODEL_DIR, host: "functions-framework" });
    try {
      const answers = await Promise.all(
        ["{}", '{"message":{}}', "[]"].map((body) =>
          fetch(path.url, { method: "POST", body, headers: { "content-type": "application/json" } }),
        ),
      );
      const texts = await Promise.all(answers.map((answer) => answer.text()));

      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
      expect(texts.join("")).not.toMatch(/ at |\.mjs/);
    } finally {
      await path.close();
    }
  });

  it.each(["functions-framework", "its own server"] as const)(
    "behind %s finishes on SIGTERM what it has begun, and ends",
    async (host) => {
      const { directory } = await bundleFunction({ pipelineFile: CARD_FRAUD, inference: "endpoint", outDir, ...HERE });
      const [asked, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const stub = await openGcpStub(async (request, number) => {
        if (request.path !== "/score") return otherServices(request, number);
        const { rows, width } = decodeRequest(request.body);
        // The first is the trial at the start.
        if (rows > 1) {
          asked.resolve();
          await resume.promise;
        }
        const probabilities = { width: 2, data: new Float32Array(rows * 2) };
        return { body: encodeResponse({ model: "v1", rows, width, outputs: { probabilities } }) };
      });
      const instance = await startInstance(instanceOf(directory, host, stub.endpoint), () => {});
      try {
        await instance.ready;
        const sent = instance.send({ method: "POST", url: "/", headers: JSON_TYPE }, pushOf(bodiesOf(3)));
        await asked.promise;

        const ended = instance.close(10_000);
        resume.resolve();

        expect((await sent)?.status).toBe(204);
        await expect(ended).resolves.toBeUndefined();
      } finally {
        await instance.close(0);
        await stub.close();
      }
    },
  );

  it("says in its log what is wrong with its settings", async () => {
    const lines: string[] = [];
    const [command, memoryMb] = [[SERVER], 512];
    const instance = await startInstance(
      { directory: endpoint.directory, command, memoryMb, name: "function", environment: {} },
      (line) => lines.push(line),
    );

    await expect(instance.ready).rejects.toThrow("ended before it listened");

    expect(lines.join("\n")).toContain("SLUICE_COLLECTION is not set");
  });
});

function instanceOf(directory: string, host: Host, url: string) {
  const environment = {
    GCE_METADATA_HOST: new URL(url).host,
    PUBSUB_EMULATOR_HOST: new URL(url).host,
    FIRESTORE_EMULATOR_HOST: new URL(url).host,
    SLUICE_COLLECTION: "projects/p/databases/d/documents/c",
    SLUICE_DEAD_TOPIC: "projects/p/topics/dead",
    SLUICE_ACTIONS_TOPIC: "projects/p/topics/actions",
    SLUICE_ENDPOINT: url,
  };
  return { directory, command: COMMANDS[host], name: "function", memoryMb: 512, environment };
}

/** Take everything. */
const otherServices: GcpStubAnswer = (request, number) => {
  if (request.path.startsWith("/computeMetadata")) return metadataAnswer()(request, number);
  const { writes = [], messages = [] } = request.json<{ writes?: object[]; messages?: object[] }>();
  return { body: { status: writes.map(() => ({})), messageIds: messages.map(() => "1") } };
};

const JSON_TYPE = { "content-type": "application/json" };

function pushOf(bodies: readonly (string | Uint8Array)[]): Buffer {
  const message = { data: Buffer.from(encodeEnvelope(bodies, 0)).toString("base64"), messageId: "1" };
  return Buffer.from(JSON.stringify({ message, subscription: "projects/p/subscriptions/s" }));
}

function bodiesOf(count: number): (string | Uint8Array)[] {
  return [...generate({ seed: 11, count })].map(({ body }) => body);
}
