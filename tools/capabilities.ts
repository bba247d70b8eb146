import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { capabilitiesPage, staleness, withDeclared } from "./capabilities/pages";
import { platforms as allPlatforms } from "./capabilities/platforms";
import { type JestResult, readResults } from "./capabilities/results";

interface Options {
  check?: boolean;
  results?: string;
}

const ROOT = path.resolve(__dirname, "..");

const program = new Command("npm run capabilities --")
  .description("Runs the contract tests, and writes what they say to docs/capabilities.md and README.md.")
  .option("--check", "write nothing; exit with 1 if the committed files say something else")
  .option("--results <file>", "read the answer of `jest tests/contract --json` instead of running it")
  .action(main);

async function main({ check, results }: Options): Promise<void> {
  const platforms = await allPlatforms();
  const { tests, problems } = readResults(results === undefined ? runContract() : readJson(results), platforms);
  if (problems.length > 0) return fail(["The contract does not hold, so nothing is written:", ...problems]);

  const readme = read("README.md");
  const pages = {
    "docs/capabilities.md": capabilitiesPage(tests, platforms),
    "README.md": withDeclared(readme, platforms),
  };
  if (!check) {
    for (const [file, text] of Object.entries(pages)) writeFileSync(path.join(ROOT, file), text);
    return;
  }
  const stale = Object.entries(pages).flatMap(([file, text]) => staleness(file, read(file), text) ?? []);
  if (stale.length > 0) fail(stale);
}

function runContract(): JestResult {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-contract-"));
  const file = path.join(directory, "results.json");
  try {
    const args = [require.resolve("jest/bin/jest"), "tests/contract", "--json", "--outputFile", file];
    spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    return readJson(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readJson(file: string): JestResult {
  try {
    const result = JSON.parse(readFileSync(file, "utf8"));
    if (Array.isArray(result.testResults)) return result;
  } catch {}
  throw new Error(`${file} holds no answer of \`jest --json\`.`);
}

function read(file: string): string {
  const place = path.join(ROOT, file);
  return existsSync(place) ? readFileSync(place, "utf8") : "";
}

function fail(lines: readonly string[]): void {
  console.error(lines.join("\n"));
  process.exitCode = 1;
}

program.parseAsync().catch((error: Error) => fail([error.message]));
