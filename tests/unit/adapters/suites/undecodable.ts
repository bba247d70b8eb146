import { expect } from "@jest/globals";
import type { Delivery, ErrorCode } from "sluice";
import { bench } from "../../../support/unit";

/** That the engine makes a letter of each message and hands none back; the letters' codes in the order of the alphabet. */
export async function expectLettersOnly(delivery: Delivery, codes: readonly ErrorCode[]): Promise<void> {
  const { process, letters } = bench();

  const outcome = await process({ ...delivery, deadline: undefined });

  const found = letters().map(({ code }) => code);
  expect(outcome).toMatchObject({ firstRetry: -1, deadLettered: codes.length });
  expect(found.sort()).toEqual(codes);
}
