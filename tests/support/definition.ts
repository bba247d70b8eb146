import { expect } from "@jest/globals";
import * as z from "zod";
import { checkDefinition } from "../../shared/definition";
import { ConfigError } from "../../shared/errors";

/** A definition with everything that is needed and nothing else. */
export const GOOD = {
  name: "card-fraud",
  event: z.object({ id: z.string(), amount: z.number() }),
  id: () => "a",
  key: () => "a",
  time: () => 0,
  features: { amount: () => 1 },
  model: { file: "model.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: () => 0.5, suspicious: () => true },
};

/** What a definition ends in. */
export function mistakeOf(definition: unknown): ConfigError {
  try {
    checkDefinition(definition);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ConfigError);
    return thrown as ConfigError;
  }
  throw new Error("it was accepted");
}

/** The same for a good one with these fields instead. */
export function mistake(overrides: object): ConfigError {
  return mistakeOf({ ...GOOD, ...overrides });
}
