import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "@jest/globals";
import type { Action } from "sluice";
import { type AwsActions, type AwsActionsOptions, awsActions } from "../../../../adapters/aws/actions";
import { clientConfig } from "../../../../adapters/aws/client";
import {
  awsException,
  type StubAnswer,
  type StubReply,
  type StubRequest,
  withAwsStub,
} from "../../../support/aws-stub";
import { closing } from "../../../support/closing";
import type { HttpRequest } from "../../../support/http-stub";
import { action } from "../../../support/records";
import { large, publishesInRequests } from "../suites/publishing";

interface Entry {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Detail: string;
  Time: number;
}

publishesInRequests({
  publishing: (answer, test, options) => withBus(answer, { maxAttempts: 1, ...options }, test),
  actionsOf,
  takeAll,
  perRequest: 10,
  outage: { reply: awsException("InternalFailure", 500), error: { code: "unavailable", adapter: "aws/actions" } },
  refusal: awsException("ValidationException"),
});

describe("actions on a bus", () => {
  it("are entries that rules can match, with the action in them", async () => {
    const { entries, failures } = await publish([action(7)], takeAll);

    expect(failures).toEqual([]);
    expect(entries).toEqual([
      {
        EventBusName: "bus",
        Source: "sluice.test-pipeline",
        DetailType: "alert",
        Detail: JSON.stringify(action(7)),
        Time: action(7).time / 1_000,
      },
    ]);
  });

  it("have a source of the user's choice", async () => {
    const { entries } = await publish([action(1)], takeAll, { source: "com.example" });

    expect(entries.map(({ Source }) => Source)).toEqual(["com.example.test-pipeline"]);
  });

  it("go out less than 256 KiB to a request", async () => {
    const long = Array.from({ length: 5 }, (_, i) => large(i, 100 * 1024));

    const { requests, failures } = await publish(long, takeAll, { parallel: 1 });

    expect(requests.map((request) => entriesOf(request).length)).toEqual([2, 2, 1]);
    expect(failures).toEqual([]);
  });

  it("fail alone where they are too large, by the service's own formula", async () => {
    const overhead =
      14 + "sluice.test-pipeline".length + "alert".length + Buffer.byteLength(JSON.stringify(large(1, 0)));
    const limit = 256 * 1024;

    const { entries, failures } = await publish(
      [large(1, limit - overhead), large(1, limit - overhead - 1), action(2)],
      takeAll,
    );

    expect(entries).toHaveLength(2);
    expect(failures).toMatchObject([{ index: 0, error: { code: "store-rejected", stage: "actions" } }]);
  });
});

describe("failures", () => {
  it("of single entries are reported by action", async () => {
    const codes: Record<string, string> = {
      e3: "ThrottlingException",
      e12: "InternalFailure",
      e24: "MalformedDetail",
    };

    const { failures } = await publish(
      Array.from({ length: 25 }, (_, i) => action(i)),
      (request) => take(request, ({ eventId }) => codes[eventId]),
    );

    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
      [3, "throttled"],
      [12, "unavailable"],
      [24, "store-rejected"],
    ]);
    expect(failures[0]!.error).toMatchObject({ adapter: "aws/actions", coordinates: { bus: "bus" } });
  });

  it("are what an answer without entries is", async () => {
    const { failures } = await publish([action(1)], () => ({ body: {} }));

    expect(failures).toMatchObject([{ index: 0, error: { code: "unavailable" } }]);
  });

  it("are all of them where the bus is not there, and say what to check", async () => {
    const { failures } = await publish([action(1)], () => awsException("ResourceNotFoundException"));

    expect(failures).toMatchObject([{ index: 0, error: { code: "unavailable", retryable: true } }]);
    expect(failures[0]!.error.message).toMatch(/Check that it exists/);
  });
});

describe("the client", () => {
  it("that is given is the one in use, and stays open", async () => {
    const client = new EventBridgeClient(clientConfig());
    const actions = awsActions({ bus: "bus", pipeline: "p", client });

    await actions.close();

    expect(actions.client).toBe(client);
  });
});

function withBus<T>(
  answer: StubAnswer,
  options: Partial<AwsActionsOptions>,
  test: (actions: AwsActions, requests: readonly StubRequest[]) => Promise<T>,
): Promise<T> {
  return withAwsStub(answer, ({ endpoint, requests }) =>
    closing(awsActions({ bus: "bus", pipeline: "test-pipeline", endpoint, ...options }), (actions) =>
      test(actions, requests),
    ),
  );
}

function publish(actions: readonly Action[], answer: StubAnswer, options: Partial<AwsActionsOptions> = {}) {
  return withBus(answer, options, async (port, requests) => {
    const failures = await port.publish(actions);
    return { failures, requests, entries: requests.flatMap(entriesOf) };
  });
}

function entriesOf(request: HttpRequest): Entry[] {
  return request.json<{ Entries: Entry[] }>().Entries;
}

function actionsOf(request: HttpRequest): Action[] {
  return entriesOf(request).map(({ Detail }) => JSON.parse(Detail));
}

function takeAll(request: HttpRequest): StubReply {
  return take(request, () => undefined);
}

function take(request: HttpRequest, errorCode: (action: Action) => string | undefined): StubReply {
  const results = actionsOf(request).map((action) => {
    const code = errorCode(action);
    return code === undefined ? { EventId: "1" } : { ErrorCode: code, ErrorMessage: "x" };
  });
  return { body: { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length, Entries: results } };
}
