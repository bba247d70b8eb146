import { describe, expect, it } from "@jest/globals";
import { CommanderError } from "commander";
import { exitCodeOf, Failure, messageOf } from "../../../cli/failure";
import { createProgram } from "../../../cli/main";
import { ConfigError, SluiceError } from "../../../shared/errors";

describe("what went wrong", () => {
  it.each([
    [new ConfigError("it is wrong.", "here", "Do this."), 2, "here: it is wrong. Do this."],
    [new CommanderError(1, "commander.unknownOption", "error: unknown option '--x'"), 2, "unknown option '--x'."],
    [new Failure("not today."), 1, "not today."],
    [new SluiceError("unavailable", "store", "disk full", { adapter: "local/store" }), 1, "local/store: disk full"],
    [new TypeError("x is undefined"), 1, "internal error: x is undefined"],
    ["a thrown text", 1, "internal error: a thrown text"],
  ])("%s has an exit code and one line", (thrown, code, message) => {
    expect(exitCodeOf(thrown)).toBe(code);
    expect(messageOf(thrown)).toContain(message);
    expect(messageOf(thrown)).not.toContain("\n");
  });
});

describe("the command line", () => {
  it("has examples and `--json` in every command's help", () => {
    const commands = createProgram().commands.filter((command) => command.name() !== "worker");

    const lacking = commands
      .flatMap((command) => (command.commands.length > 0 ? command.commands : [command]))
      .filter((command) => !command.options.some(({ long }) => long === "--json"));

    expect(commands.map((command) => command.name())).toEqual([
      "run",
      "send",
      "work",
      "predictions",
      "dead-letters",
      "replay",
      "emulate",
      "init",
    ]);
    expect(lacking.map((command) => command.name())).toEqual([]);
  });

  it("does not show the workers' own command", () => {
    expect(createProgram().helpInformation()).not.toContain("worker");
  });

  it.each([["run", "--nope"], ["run", "--count", "0"], ["nope"], ["send"], ["dead-letters", "list", "--code", "nope"]])(
    "refuses %s %s %s",
    async (...args) => {
      const parsing = createProgram().parseAsync(["node", "sluice", ...args]);

      await expect(parsing).rejects.toBeInstanceOf(CommanderError);
    },
  );
});
