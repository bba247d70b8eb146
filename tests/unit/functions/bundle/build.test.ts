import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { type BundleCode, buildCode } from "../../../../functions/bundle/build";
import { CORE } from "../../../../functions/bundle/chunks";
import { scratch } from "../../../support/cli";

jest.setTimeout(60_000);

const PIPELINE = `
  import { definePipeline } from "sluice";
  import { z } from "zod";
  export default definePipeline({
    name: "mine",
    event: z.object({ id: z.string(), size: z.number().max(10) }),
    id: (event) => event.id,
    key: (event) => event.id,
    time: () => 0,
    features: { size: (event) => event.size },
    model: { file: "m.onnx", outputs: { score: { width: 1 } } },
    prediction: { score: (output) => output.score() },
  });`;

/** Prints what the test asks of the pipeline. */
const ENTRY = (expression: string) =>
  `import pipeline from "${CORE}"; console.log(pipeline && (JSON.stringify(${expression}) ?? ""));`;

const MESSAGE = 'pipeline.event.safeParse({ id: "1", size: 11 }).error.issues[0].message';

describe("a pipeline's code", () => {
  it("is the user's file and our core in it", async () => {
    const folder = project({ "pipeline.ts": PIPELINE });

    const said = await run(folder, ENTRY("[pipeline.name, pipeline.featureNames]"));

    expect(said).toEqual(["mine", ["size"]]);
  });

  it("uses our zod for a pipeline without its own, and says what is wrong with an event in English", async () => {
    const folder = project({ "pipeline.ts": PIPELINE });

    const said = await run(folder, ENTRY(MESSAGE));

    expect(said).toBe("Too big: expected number to be <=10");
  });

  it("has no other language, however zod is imported", async () => {
    const star = project({ "pipeline.ts": PIPELINE.replace("{ z }", "* as z") });
    const named = project({ "pipeline.ts": PIPELINE });

    const sizes = await Promise.all([star, named].map(async (folder) => sizeOf(await built(folder))));

    expect(Math.max(...sizes)).toBeLessThan(300_000);
    expect(await textOf(named)).not.toContain("Ung");
  });

  it("has the languages if the pipeline may use one", async () => {
    const folder = project({ "pipeline.ts": `${PIPELINE}\nz.config(z.locales.de());` });

    const said = await run(folder, ENTRY(MESSAGE));

    expect(said).toBe("Zu groß: erwartet, dass number <=10 ist");
  });

  it("bundles files and packages beside it", async () => {
    const folder = project({
      "pipeline.ts": PIPELINE.replace('name: "mine"', "name: word(table.prefix)").replace(
        'import { z } from "zod";',
        'import { z } from "zod"; import table from "./table.json"; import { word } from "./lib/word"; import sep from "cjs-package";',
      ),
      "table.json": '{ "prefix": "my" }',
      "lib/word.ts": 'import sep from "cjs-package"; export const word = (text: string): string => text + sep + "own";',
      "node_modules/cjs-package/package.json": '{ "name": "cjs-package", "version": "1.0.0", "main": "main.js" }',
      "node_modules/cjs-package/main.js": 'const { sep } = require("path"); module.exports = sep === "/" ? "-" : "-";',
    });

    const said = await run(folder, ENTRY("pipeline.name"));

    expect(said).toBe("my-own");
  });

  it("leaves out what the pipeline only exports, and keeps a file that it imports for its effect", async () => {
    const beside = { "beside.ts": "(globalThis as any).effect = Math.random() > 2 ? 0 : 41; export const more = 1;" };
    const exporting = project({ "pipeline.ts": `${PIPELINE}\nexport { more } from "./beside";`, ...beside });
    const importing = project({ "pipeline.ts": `import "./beside";\n${PIPELINE}`, ...beside });

    const said = [await run(exporting, ENTRY("globalThis.effect")), await run(importing, ENTRY("globalThis.effect"))];

    expect(said).toEqual(["", 41]);
  });

  it("is the same bytes wherever the files lie", async () => {
    const folder = project({ "pipeline.ts": PIPELINE, "later.ts": "export const later = 1;" });
    const elsewhere = path.join(scratch(), "quite", "another", "place");
    cpSync(folder, elsewhere, { recursive: true });

    const [here, there] = await Promise.all([folder, elsewhere].map((place) => built(place, lazy(place))));

    expect(here).toEqual(there);
    expect(here?.map(({ name }) => name)).toEqual(["index.mjs", "chunk-1.mjs", "chunk-2.mjs"]);
  });

  it("loads lazily what is imported lazily, and Node's own modules without an import", async () => {
    const folder = project({
      "pipeline.ts": `import { sep } from "node:path"; export const at = () => import("node:os"); export const hash = sep;\n${PIPELINE}`,
      "later.ts": 'import { readFileSync } from "fs"; export const later = typeof readFileSync;',
    });

    const said = await run(folder, lazy(folder).entry, lazy(folder));

    expect(said).toEqual(["function", "/", "function"]);
    expect(await textOf(folder, lazy(folder))).not.toMatch(/from"(node:)?(path|fs|os)"|import\("node:os"\)/);
  });

  it("gives a CommonJS package a `require`", async () => {
    const folder = project({
      "pipeline.ts": `import "late-package"; ${PIPELINE}`,
      "node_modules/late-package/package.json": '{ "name": "late-package", "version": "1.0.0" }',
      "node_modules/late-package/index.js":
        'const name = "node:" + "os"; globalThis.platform = typeof require(name).platform;',
    });

    const said = await run(folder, ENTRY("globalThis.platform"));

    expect(said).toBe("function");
  });

  it.each([
    ["does not compile", "export default {\n  a: ;\n};", "it does not compile"],
    ["imports what is not there", 'import "./none"; export default {};', 'Could not resolve "./none"'],
    ["imports a native module", 'import "./addon.node"; export default {};', "No loader is configured"],
  ])("that %s is a mistake in it, with its place", async (_, text, message) => {
    const folder = project({ "pipeline.ts": text, "addon.node": "" });

    await expect(built(folder)).rejects.toMatchObject({
      name: "ConfigError",
      message: expect.stringContaining(message),
      where: expect.stringContaining("pipeline.ts"),
    });
  });

  it("takes no notice of the user's tsconfig.json", async () => {
    const folder = project({ "pipeline.ts": PIPELINE, "tsconfig.json": '{ "extends": "./none.json" }' });

    const said = await run(folder, ENTRY("pipeline.name"));

    expect(said).toBe("mine");
  });

  it("has parts of packages swapped", async () => {
    const folder = project({
      "pipeline.ts": 'import { size } from "big"; export default size;',
      "small.ts": 'export const size: string = "small";',
      "node_modules/big/package.json": '{ "name": "big", "version": "1.0.0", "module": "es/index.js" }',
      "node_modules/big/es/index.js": 'export { size } from "./part.js";',
      "node_modules/big/es/part.js": 'export const size = "big";',
    });
    const replacements = { "big/es/part.js": path.join(folder, "small.ts"), "big/es/gone.js": "none.ts" };

    const said = await run(folder, ENTRY("pipeline"), { replacements });

    expect(said).toBe("small");
  });
});

/** A folder with these files. */
function project(files: Record<string, string>): string {
  const folder = scratch();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

function built(folder: string, code: Partial<BundleCode> = {}) {
  return buildCode({
    core: 'export { default } from "./pipeline";',
    folder,
    entry: ENTRY("pipeline.name"),
    pipelineFile: path.join(folder, "pipeline.ts"),
    external: [],
    ...code,
  });
}

function lazy(folder: string): Partial<BundleCode> & { entry: string } {
  return {
    core: `export * from "./pipeline"; export const load = () => import(${JSON.stringify(path.join(folder, "later"))});`,
    entry: `import * as all from "${CORE}";
      const { later } = await all.load();
      console.log(JSON.stringify([later, all.hash, typeof (await all.at?.())?.platform]));`,
  };
}

/** What the bundle prints. */
async function run(folder: string, entry: string, code: Partial<BundleCode> = {}): Promise<unknown> {
  const outDir = scratch();
  for (const { name, contents } of await built(folder, { ...code, entry }))
    writeFileSync(path.join(outDir, name), contents);
  const said = execFileSync(process.execPath, [path.join(outDir, "index.mjs")], { cwd: "/", encoding: "utf8" }).trim();
  return said === "" ? "" : JSON.parse(said);
}

async function textOf(folder: string, code: Partial<BundleCode> = {}): Promise<string> {
  return (await built(folder, code)).map(({ contents }) => contents).join("\n");
}

function sizeOf(files: readonly { contents: string }[]): number {
  return files.reduce((sum, { contents }) => sum + contents.length, 0);
}
