import { type Infer, SluiceError } from "sluice";
import { memoryInfer } from "../../support/memory";
import { event, json } from "../../support/records";

/** Messages per test, all of one key, so that they share a partition. */
export const SIZE = 6;
export const key = "k0";
export const numbers = Array.from({ length: SIZE }, (_, i) => i);
export const allIds = numbers.map((number) => `e${number}`);

export function good(number: number): string {
  return json(event(number, { key }));
}

/** A model that is down. */
export function unavailable(): Infer {
  const infer = async () => {
    throw new SluiceError("unavailable", "infer", "The model is down.");
  };
  return { ...memoryInfer(), infer };
}
