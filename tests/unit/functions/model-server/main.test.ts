import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ConfigError } from "sluice";
import { bundleModelServer } from "../../../../functions/model-server/bundle";
import { errorOf } from "../../../support/contract";
import { modelPath } from "../../../support/models";
import { listed, matrix } from "../../../support/onnx";
import { cleanUp, predictionOf, temporaryFolder } from "./support";

const NODE_ARCH = process.arch === "arm64" ? "arm64" : "x64";

/** What the image would hold, built once: as `docker build` finds it. */
let image: string;

beforeAll(async () => {
  image = temporaryFolder();
  await bundleModelServer({
    outDir: image,
    modelFile: modelPath("two-outputs"),
    description: { outputs: ["label"] },
    arch: NODE_ARCH,
  });
});
afterAll(() => cleanUp());

describe("the bundled model server", () => {
  it("holds all that its Dockerfile copies, and little else", () => {
    const copied = [...readFileSync(path.join(image, "Dockerfile"), "utf8").matchAll(/^COPY (\S+)/gm)].map(
      ([, what]) => what,
    );

    expect(readdirSync(image).sort()).toEqual(["Dockerfile", ...copied].sort());
    expect(copied.sort()).toEqual(["model", "node_modules", "server.cjs"]);
    // 25 kB; what drags zod or an SDK in shows here.
    expect(statSync(path.join(image, "server.cjs")).size).toBeLessThan(60_000);
    expect(readdirSync(path.join(image, "node_modules/onnxruntime-node/bin/napi-v6"))).toEqual(["linux"]);
  });

  it("runs as SageMaker runs it, predicts with the model of the image, and ends with 0 on SIGTERM", async () => {
    const server = await run(["serve"]);

    const { outputs } = await predictionOf(await server.url, matrix([0, 5, 0, 0]));
    server.child.kill("SIGTERM");
    const [code] = await server.ended;

    expect(listed(outputs["label"])).toEqual([1]);
    expect(Object.keys(outputs)).toEqual(["label"]);
    expect(code).toBe(0);
    expect(server.log.map(({ event }) => event)).toEqual(["listening", "ready", "stopping", "stopped"]);
    expect(server.log.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true);
  });

  it("serves the mounted model where there is one, on the routes that the platform names", async () => {
    const mounted = temporaryFolder();
    copyFileSync(modelPath("linear"), path.join(mounted, "fraud.onnx"));
    const server = await run([], { AZUREML_MODEL_DIR: mounted, AIP_HEALTH_ROUTE: "/health" });

    const health = await fetch(`${await server.url}/health`);
    server.child.kill("SIGINT");

    expect(await health.json()).toMatchObject({ width: 4, outputs: ["score"] });
    expect((await server.ended)[0]).toBe(0);
  });

  it.each<[string, Record<string, string>, string]>([
    ["an unusable variable", { PORT: "none" }, "variable PORT"],
    ["no model", { SLUICE_MODEL_DIR: "/nowhere" }, "there is no model"],
  ])("ends with 2 and one line about %s", async (_, environment, reason) => {
    const server = await run([], environment);

    const [code] = await server.ended;

    expect(code).toBe(2);
    expect(server.log.at(-1)).toMatchObject({ event: "error", message: expect.stringContaining(reason) });
  });
});

describe("bundling the model server", () => {
  it("makes the model's folder also where the platform mounts the model", async () => {
    const outDir = temporaryFolder();

    const { entry, onnxruntime } = await bundleModelServer({ outDir });

    expect(existsSync(entry)).toBe(true);
    expect(readdirSync(path.join(outDir, "model"))).toEqual([]);
    expect(onnxruntime).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("refuses a model that is not there", async () => {
    const error = await errorOf(bundleModelServer({ outDir: temporaryFolder(), modelFile: "/nowhere/model.onnx" }));

    expect(error).toBeInstanceOf(ConfigError);
  });
});

interface Line {
  time: string;
  event: string;
  port?: number;
  message?: string;
}

interface Running {
  child: ChildProcess;
  /** Once it is ready. */
  url: Promise<string>;
  log: Line[];
  /** Its exit code, when it has ended and all it wrote is read. */
  ended: Promise<[number | null]>;
}

/** The container's process, on this machine's address only. */
async function run(args: string[], environment: Record<string, string> = {}): Promise<Running> {
  const child = spawn(process.execPath, [path.join(image, "server.cjs"), ...args], {
    env: { SLUICE_HOST: "127.0.0.1", PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const log: Line[] = [];
  const { promise: url, resolve } = Promise.withResolvers<string>();
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (text) => {
    const line = JSON.parse(text) as Line;
    log.push(line);
    if (line.event === "ready") resolve(`http://127.0.0.1:${log[0]?.port}`);
  });
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]).then(([[code]]) => [code] as [number | null]);
  return { child, url, log, ended };
}
