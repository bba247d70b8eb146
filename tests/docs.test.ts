import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { handle } from "../docs/snippets/engine";
import pumpWatch from "../docs/snippets/pipeline";
import { type Cloud, SCHEMAS, withKeys } from "../tools/config-keys";
import { type Running, startSluice } from "./support/cli";
import { manualClock } from "./support/manual-clock";
import { memoryState, openMemory } from "./support/memory";
import { event, testPipeline } from "./support/records";

const ROOT = path.join(__dirname, "..");
const PAGES = [
  "README.md",
  ...readdirSync(path.join(ROOT, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

interface Snippet {
  page: string;
  language: string;
  text: string;
}

const snippets = PAGES.flatMap((page) =>
  [...read(page).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language, text]): Snippet => ({ page, language: language!, text: text! }),
  ),
);

describe("every TypeScript snippet", () => {
  it.each(of("ts"))("of $page is a file that is compiled and run here", ({ text }) => {
    const files = readdirSync(path.join(ROOT, "docs/snippets")).map((file) => read(`docs/snippets/${file}`));

    expect(files).toContain(text);
  });

  it("defines a pipeline", () => {
    expect(pumpWatch.featureNames).toEqual(["pressure", "temperature", "vibration"]);
    expect(pumpWatch.predictionNames).toEqual(["risk", "inspect"]);
  });

  it("hands a delivery to the engine", async () => {
    const clock = manualClock();
    const { infer, store, deadLetters, actions } = openMemory(memoryState("pumps", 1, clock));
    const options = { pipeline: testPipeline, infer, store, deadLetters, actions, clock, random: () => 0.5 };

    const answer = await handle(options, [JSON.stringify(event(1)), "not JSON"]);

    expect(answer).toBe("acknowledged");
  });
});

describe("every shell snippet", () => {
  const directories: string[] = [];
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  it.each([...Map.groupBy(of("sh"), ({ page }) => page)])(
    "of %s works as it stands, from top to bottom",
    async (_, pages) => {
      const directory = mkdtempSync(path.join(tmpdir(), "sluice-docs-"));
      directories.push(directory);
      symlinkSync(path.join(ROOT, "examples"), path.join(directory, "examples"));
      const place: Place = { directory, stack: undefined };

      for (const line of pages.flatMap(({ text }) => text.split("\n")))
        await run(line.replace(/\s+#.*$/, "").trim(), place);
      place.stack?.emulator.process.kill("SIGINT");
      await place.stack?.emulator.ended;
    },
    60_000,
  );
});

describe("the table of configuration keys", () => {
  it.each(PAGES.filter((page) => read(page).includes("<!-- keys -->")))("of %s is that of the schema", (file) => {
    const page = read(file);

    expect(page).toBe(withKeys(path.basename(file, ".md") as Cloud, page));
  });
});

describe("every Python snippet", () => {
  it.each(of("python"))("of $page is part of a script that was run", ({ text }) => {
    const bare = (code: string) => code.replace(/\s+/g, " ").trim();

    expect(bare(read("examples/card-fraud/train.py"))).toContain(bare(text));
  });
});

describe("every link", () => {
  it.each([...PAGES, "CONTRIBUTING.md"])("of %s to a file finds it", (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target!);

    const missing = targets.filter((target) => !exists(path.join(path.dirname(page), target)));
    expect(missing).toEqual([]);
  });
});

/** Where a page's commands run, and the stack that they work on. */
interface Place {
  directory: string;
  stack: { emulator: Running; environment: Record<string, string> } | undefined;
}

/** `npm ci`, `npm test` and `npm run ...` would run this very test; that their scripts exist is what can be asked here. */
async function run(command: string, place: Place): Promise<void> {
  if (command === "") return;
  const [program, name, ...rest] = command.split(/\s+/);
  if (program === "npm" && name === "start") sluice(["run", "--count", "2000"], place);
  else if (program === "npx" && name === "sluice") await runCommand(rest, place);
  else if (program === "pulumi") pulumi(name, rest);
  else {
    expect(program).toBe("npm");
    const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
    expect(["ci", ...scripts]).toContain(name === "run" ? rest[0] : name);
  }
}

async function runCommand(args: string[], place: Place): Promise<void> {
  if (args.includes("--stack")) {
    const cloud = args[args.indexOf("--stack") + 1]!;
    place.stack ??= await emulated(cloud, place.directory);
    sluice([...args, "--outputs", `.sluice/emulated-${cloud}.json`], place);
  } else sluice(args.includes("--cloud") ? [...args, "--count", "500"] : args, place);
}

/** The engine's own tests deploy the stack; here it is that the keys are there. */
function pulumi(name: string | undefined, rest: readonly string[]): void {
  expect(["stack", "config", "up", "preview"]).toContain(name);
  const [verb, key = ""] = rest;
  if (
    name === "config" &&
    verb === "set" &&
    !/^(?:aws:region|gcp:(?:project|region)|azure-native:(?:location|subscriptionId))$/.test(key)
  ) {
    const keys = Object.values(SCHEMAS).flatMap(({ shape }) => Object.keys(shape));
    expect(keys).toContain(key.replace(/^sluice:/, ""));
  }
}

/** What a stack of the pipeline in `my-pipeline` would be. */
async function emulated(cloud: string, cwd: string): Promise<NonNullable<Place["stack"]>> {
  const emulator = startSluice(["emulate", "--cloud", cloud, "--pipeline", "my-pipeline/pipeline.ts", "--json"], {
    cwd,
  });
  const { environment } = JSON.parse(await emulator.prints());
  return { emulator, environment };
}

function sluice(args: string[], { directory, stack }: Place): void {
  // Throws, with what was printed, unless the exit code is 0.
  execFileSync(process.execPath, [path.join(ROOT, "cli/sluice.cjs"), ...args], {
    cwd: directory,
    stdio: "pipe",
    env: { ...process.env, ...stack?.environment },
  });
}

function of(language: string): Snippet[] {
  return snippets.filter((snippet) => snippet.language === language);
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

function exists(file: string): boolean {
  try {
    read(file);
    return true;
  } catch {
    return false;
  }
}
