import { describe, expect, it } from "@jest/globals";
import { toRequest } from "../../../../../emulators/azure/functions-host/request";
import { readTriggerMetadata } from "../../../../../emulators/azure/functions-host/typed-data";
import { manualClock } from "../../../../support/manual-clock";
import { hubOf } from "./host-harness";

/** An invocation with these events. */
function requestOf(drafts: { body: string; partitionKey?: string }[], dataType: string, longs: "number" | "object") {
  const hub = hubOf(manualClock(), 1);
  hub.append(drafts, "0");
  const binding = { name: "messages", type: "eventHubTrigger", dataType };
  const registration = { name: "process", functionId: "process", binding, retry: undefined };
  const origin = { registration, namespace: "ns", hub: "events", group: "$Default", longs };
  const batch = { events: hub.read("0", 0, 100), partition: "0", isCheckpointing: true };
  return toRequest(batch, origin, undefined);
}

describe("an invocation request", () => {
  it("leaves out keys that are not there, so that keys and events do not line up", () => {
    const request = requestOf([{ body: "a" }, { body: "b", partitionKey: "key" }], "binary", "number");

    const metadata = readTriggerMetadata(request);

    expect(metadata["partitionKeyArray"]).toEqual(["key"]);
    expect(metadata["sequenceNumberArray"]).toEqual([0, 1]);
  });

  it("gives times without a zone, and offsets that become numbers", () => {
    const metadata = readTriggerMetadata(requestOf([{ body: "a" }, { body: "b" }], "binary", "number"));

    expect(metadata["enqueuedTimeUtcArray"]).toEqual(["2026-01-01T00:00:00.000", "2026-01-01T00:00:00.000"]);
    expect(metadata["offsetArray"]).toEqual([0, 49]);
  });

  it("gives sequence numbers as objects where the worker does", () => {
    const metadata = readTriggerMetadata(requestOf([{ body: "a" }], "binary", "object"));

    expect(metadata["sequenceNumberArray"]).toEqual([{ low: 0, high: 0, unsigned: false }]);
  });

  it("carries bytes where the trigger is binary, else text without what is empty", () => {
    const drafts = [{ body: "a" }, { body: "" }];

    const [bytes, text] = [requestOf(drafts, "binary", "number"), requestOf(drafts, "string", "number")];

    expect(bytes.inputData[0]?.data.collectionBytes?.bytes).toHaveLength(2);
    expect(text.inputData[0]?.data.collectionString?.string).toEqual(["a"]);
  });
});
