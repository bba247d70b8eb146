import { describe, expect, it } from "@jest/globals";
import { createCheckpoint } from "../../../../../emulators/aws/event-source-mapping/checkpoint";

const records = (...numbers: readonly number[]) =>
  numbers.map((number) => ({
    sequenceNumber: String(number),
    partitionKey: "k",
    data: new Uint8Array(10),
    arrivedAt: 0,
  }));

describe("a shard's checkpoint", () => {
  it("is where the last run left it, as long as nothing is done", () => {
    const checkpoint = createCheckpoint("7");

    checkpoint.open(records(8));

    expect(checkpoint.position()).toBe("7");
  });

  it("does not pass a record that is open, whatever is done behind it", () => {
    const checkpoint = createCheckpoint(undefined);
    checkpoint.open(records(1, 2, 3, 4));

    checkpoint.settle(records(2, 3));
    const held = checkpoint.position();
    checkpoint.settle(records(1));

    expect(held).toBeUndefined();
    expect(checkpoint.position()).toBe("3");
    expect(checkpoint.pending()).toEqual({ records: 1, bytes: 10 });
  });

  it("goes on through more records than it keeps at a time", () => {
    const checkpoint = createCheckpoint(undefined);
    const numbers = Array.from({ length: 5_000 }, (_, i) => i);
    checkpoint.open(records(...numbers));

    for (const number of numbers) checkpoint.settle(records(number));

    expect(checkpoint.position()).toBe("4999");
    expect(checkpoint.pending()).toEqual({ records: 0, bytes: 0 });
  });
});
