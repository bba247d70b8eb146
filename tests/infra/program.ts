import { afterAll, expect, it } from "@jest/globals";
import { RunError, runtime } from "@pulumi/pulumi";
import type { Recorded, Recorder } from "./recorder";

export const program = require("../../infra") as () => Promise<unknown>;

/** Keys and texts as a stack's file has them; those without a namespace are the project's own. */
export type Keys = Readonly<Record<string, string>>;

/** The program, on a configuration. */
export interface ConfiguredProgram {
  /** What it registers. */
  run(given: Keys): Promise<Recorded[]>;
  /** The lines of the error that it ends with. */
  mistakes(given: Keys): Promise<string[]>;
  /** The tests of single mistakes. */
  refusalTests(mistakes: readonly Mistake[]): void;
}

/** What is wrong, the keys that make it so, and what is said of it. */
export type Mistake = [what: string, given: Keys, message: RegExp];

/** Those that are the same on every cloud. */
export const COMMON_MISTAKES: readonly Mistake[] = [
  ["an unknown inference mode", { inference: "gpu" }, /sluice:inference: "gpu" is not one of in-process or endpoint/],
  ["a model that is not there", { model: "missing.onnx" }, /sluice:model: there is no file "missing\.onnx"/],
  ["a pipeline that is not there", { pipeline: "missing.ts" }, /sluice:pipeline: there is no file "missing\.ts"/],
  ["an endpoint without an image", { inference: "endpoint" }, /sluice:modelImage: an endpoint needs the image/],
];

/** @param usual What the stack's file has anyway. */
export function configuredProgram(record: Recorder, usual: Keys): ConfiguredProgram {
  afterAll(() => runtime.setAllConfig({}, []));

  const configure = (given: Keys) => {
    const keys = Object.entries({ ...usual, ...given });
    runtime.setAllConfig(
      Object.fromEntries(keys.map(([key, text]) => [key.includes(":") ? key : `sluice:${key}`, text])),
      [],
    );
  };

  return {
    run: async (given) => {
      configure(given);
      const { resources } = await record(program);
      return resources;
    },
    mistakes: async (given) => {
      configure(given);
      const thrown = await program().catch((thrown: unknown) => thrown);
      return (thrown as Error).message.split("\n");
    },
    refusalTests: (mistakes) => {
      it.each(mistakes)("ends for %s with one message, before any resource", async (_, given, message) => {
        configure(given);

        const { resources, result: thrown } = await record(() => program().catch((thrown: unknown) => thrown));

        expect(RunError.isInstance(thrown)).toBe(true);
        expect((thrown as Error).message).toMatch(message);
        expect(resources).toEqual([]);
      });
    },
  };
}
