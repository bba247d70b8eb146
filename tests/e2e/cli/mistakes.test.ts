import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { scratch, sluice } from "../../support/cli";
import { MODELS_DIR } from "../../support/models";

const cwd = scratch();
const MINE = ["run", "--pipeline", "mine/pipeline.ts"];

/** What is wrong, how it was called, and what standard error must say. */
const MISTAKES: readonly (readonly [string, readonly string[], string])[] = [
  ["no database", ["predictions"], "there is no database here."],
  ["no such pipeline file", ["run", "--pipeline", "none.ts"], "pipeline file none.ts: there is no such file."],
  ["an import that is not there", ["run", "--pipeline", "imports.ts"], "it imports what is not there"],
  ["a pipeline that does not compile", ["run", "--pipeline", "syntax.ts"], "syntax.ts:1:16"],
  ["no such events file", [...MINE, "--events", "none"], "events file none: there is no such file."],
  ["a pipeline without events of its own", MINE, "it has no events of its own."],
  ["an unknown option", ["run", "--nope"], "unknown option '--nope'."],
  ["a count that is none", ["run", "--count", "x"], "Use a whole number from 1 on."],
  ["--count with --events", [...MINE, "--events", "mine/events.ndjson", "--count", "1"], "option `--count`"],
  ["no such model", ["run", "--model", "none.onnx"], "none.onnx: there is no such file."],
  ["a model that is none", ["run", "--model", "mine/README.md"], "not ONNX"],
  ["a truncated model", ["run", "--model", "truncated.onnx"], "truncated.onnx"],
  ["a model of another width", ["run", "--model", path.join(MODELS_DIR, "linear.onnx")], "the pipeline makes 12"],
  ["a directory of something else", ["run", "--database", "mine"], "it holds other things"],
  ["no such letter", ["dead-letters", "show", "x", "--database", "none"], "there is no database here."],
  ["files that are there already", ["init", "mine"], "nothing is overwritten"],
];

describe("a mistake of the user", () => {
  beforeAll(async () => {
    await sluice(["init", "mine"], { cwd });
    mkdirSync(path.join(cwd, "folder"));
    writeFileSync(path.join(cwd, "imports.ts"), 'import "./not-there";');
    writeFileSync(path.join(cwd, "syntax.ts"), "const broken = ;");
    writeFileSync(path.join(cwd, "truncated.onnx"), "\b\u0007\u0012\u0007skl2onnx");
  });

  it("ends in exit code 2 and one line that says what is wrong, without a stack trace", async () => {
    const ended: [string, Awaited<ReturnType<typeof sluice>>][] = [];
    for (const [name, args] of MISTAKES) ended.push([name, await sluice(args, { cwd })]);

    for (const [index, [name, { code, stderr, stdout }]] of ended.entries()) {
      const errors = stderr.split("\n").filter((line) => line.startsWith("error: "));
      expect({ name, code, errors: errors.length, stdout }).toEqual({ name, code: 2, errors: 1, stdout: "" });
      expect(errors[0]).toContain(MISTAKES[index]?.[2]);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });

  it("is told to programs as one JSON document", async () => {
    const { code, stdout } = await sluice(["run", "--events", "none", "--json"], { cwd });

    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 2, where: "events file none" } });
  });
});
