import { describe, expect, it } from "@jest/globals";
import { readAnswer, readError } from "../../../../../emulators/aws/event-source-mapping/outcome";

const records = ["495901", "495902", "495903"].map((sequenceNumber) => ({
  sequenceNumber,
  partitionKey: "k",
  data: new Uint8Array(0),
  arrivedAt: 0,
}));
const item = (itemIdentifier: unknown) => ({ itemIdentifier });
const answer = (...batchItemFailures: unknown[]) => ({ batchItemFailures });

describe("the answer of a function that reports item failures", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["nothing", undefined],
    ["an empty object", {}],
    ["an empty list", answer()],
    ["a null list", { batchItemFailures: null }],
    ["a text", "Delivered 3 records"],
    ["a misspelt outer key, which loses the failure without a word", { batchItemFailure: [item("495902")] }],
  ])("is a success: %s", (_, value) => {
    expect(readAnswer(value, records)).toEqual({ kind: "success" });
  });

  it.each<[string, unknown]>([
    ["an empty identifier", answer(item(""))],
    ["a null identifier", answer(item(null))],
    ["no identifier", answer({})],
    ["a wrong key name inside the item", answer({ itemIdentifer: "495902" })],
    ["an item that is no object", answer("495902")],
    ["a number, which cannot hold 56 digits", answer(item(495_902))],
    ["an identifier that is not in the batch", answer(item("495999"))],
    ["the event's id instead of the sequence number", answer(item("shardId-000000000000:495902"))],
    ["a good identifier beside a bad one", answer(item("495902"), item(""))],
    ["something other than a list", { batchItemFailures: "495902" }],
  ])("fails the whole batch: %s", (_, value) => {
    expect(readAnswer(value, records)).toEqual({ kind: "failed", functionError: false });
  });

  it("starts again at the lowest of the failed records, in whatever order they are named", () => {
    const outcome = readAnswer(answer(item("495903"), item("495902")), records);

    expect(outcome).toEqual({ kind: "partial", from: 1 });
  });
});

describe("an invocation that rejects", () => {
  it.each<[string, unknown]>([
    ["an error of the function", Object.assign(new Error("boom"), { errorType: "Error" })],
    ["a timeout", { errorType: "Sandbox.Timedout" }],
    ["a process that exited", { errorType: "Runtime.ExitError" }],
    ["an event that is too large", { statusCode: 413 }],
    ["something odd", undefined],
  ])("failed: %s", (_, thrown) => {
    expect(readError(thrown)).toEqual({ kind: "failed", functionError: true });
  });

  it.each<[string, unknown]>([
    ["a throttle by status", { statusCode: 429 }],
    ["a throttle by name", { name: "TooManyRequestsException" }],
    ["a fault of the service", { statusCode: 503 }],
  ])("did not reach the function: %s", (_, thrown) => {
    expect(readError(thrown)).toEqual({ kind: "not-invoked" });
  });
});
