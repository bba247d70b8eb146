import { PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "@jest/globals";
import { openEventBridge } from "../../../../emulators/aws/eventbridge";
import { opened } from "../opened";
import { eventBridgeClient } from "./clients";

async function bus() {
  const emulator = await opened(openEventBridge({ clock: { now: () => Date.UTC(2026, 0, 1) } }));
  emulator.createBus("actions");
  const client = eventBridgeClient(emulator.endpoint);
  return { emulator, put: (Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries })) };
}

const entry = (others: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: "actions",
  Source: "sluice",
  DetailType: "alarm",
  Detail: '{"score":1}',
  ...others,
});

describe("the EventBridge emulator", () => {
  it("keeps events per bus, in order, in the form that targets see", async () => {
    const { emulator, put } = await bus();

    const answer = await put([
      entry({ Resources: ["arn:a"], Time: new Date("2026-02-03T04:05:06Z") }),
      entry({ EventBusName: undefined, DetailType: "other" }),
      entry({ EventBusName: "arn:aws:events:us-east-1:000000000000:event-bus/actions", Detail: "{}" }),
    ]);

    expect(answer.FailedEntryCount).toBe(0);
    expect(emulator.events("actions")).toMatchObject([
      {
        id: answer.Entries?.[0]?.EventId,
        source: "sluice",
        "detail-type": "alarm",
        time: "2026-02-03T04:05:06Z",
        resources: ["arn:a"],
        detail: { score: 1 },
      },
      { time: "2026-01-01T00:00:00Z", resources: [], detail: {} },
    ]);
    expect(emulator.events("default").map((event) => event["detail-type"])).toEqual(["other"]);
  });

  it.each([
    ["without a source", { Source: undefined }, "InvalidArgument"],
    ["without a type", { DetailType: "" }, "InvalidArgument"],
    ["without a detail", { Detail: undefined }, "InvalidArgument"],
    ["with a detail that is no JSON", { Detail: "{" }, "MalformedDetail"],
    ["with a detail that is no object", { Detail: "[1]" }, "MalformedDetail"],
    ["with a source of the services' own", { Source: "aws.s3" }, "NotAuthorizedForSourceException"],
    ["for a bus that is not there", { EventBusName: "unknown" }, "InvalidArgument"],
  ])("takes the neighbors of an entry %s", async (_, broken, code) => {
    const { emulator, put } = await bus();

    const answer = await put([entry(), entry(broken), entry()]);

    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries?.map(({ EventId, ErrorCode }) => ErrorCode ?? typeof EventId)).toEqual([
      "string",
      code,
      "string",
    ]);
    expect(emulator.events("actions")).toHaveLength(2);
  });

  it.each([
    ["no entry", []],
    ["11 entries", Array.from({ length: 11 }, () => entry())],
    ["1 MB", [entry({ Detail: JSON.stringify({ text: "x".repeat(1024 * 1024) }) })]],
  ])("refuses a request of %s as a whole", async (_, entries) => {
    const { emulator, put } = await bus();

    await expect(put(entries)).rejects.toMatchObject({ name: "ValidationException" });
    expect(emulator.events("actions")).toEqual([]);
  });
});
