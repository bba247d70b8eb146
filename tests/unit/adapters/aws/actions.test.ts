import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "@jest/globals";
import type { Action, ItemFailure } from "sluice";
import { type AwsActionsOptions, awsActions } from "../../../../adapters/aws/actions";
import { clientConfig } from "../../../../adapters/aws/client";
import {
  awsException,
  type StubAnswer,
  type StubReply,
  type StubRequest,
  withAwsStub,
} from "../../../support/aws-stub";
import { errorOf } from "../../../support/contract";
import { settled } from "../../../support/manual-clock";
import { action } from "../../../support/records";

interface Entry {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Detail: string;
  Time: number;
}

const many = Array.from({ length: 25 }, (_, i) => action(i));

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

  it("go out ten to a request", async () => {
    const { requests, failures } = await publish(many, takeAll, { parallel: 1 });

    expect(requests.map((request) => entriesOf(request).length)).toEqual([10, 10, 5]);
    expect(failures).toEqual([]);
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

  it("go out side by side, a few requests at once", async () => {
    let now = 0;
    let most = 0;
    const answer: StubAnswer = async (request) => {
      most = Math.max(most, ++now);
      for (let turn = 0; turn < 20; turn++) await settled();
      now--;
      return takeAll(request);
    };

    const { failures } = await publish(
      Array.from({ length: 200 }, (_, i) => action(i)),
      answer,
    );

    expect(failures).toEqual([]);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });

  it("none make no request", async () => {
    const { requests, failures } = await publish([], takeAll);

    expect([requests.length, failures.length]).toEqual([0, 0]);
  });
});

describe("failures", () => {
  it("of single entries are reported by action", async () => {
    const codes: Record<string, string> = {
      e3: "ThrottlingException",
      e12: "InternalFailure",
      e24: "MalformedDetail",
    };

    const { failures } = await publish(many, (request) => take(request, ({ eventId }) => codes[eventId]));

    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
      [3, "throttled"],
      [12, "unavailable"],
      [24, "store-rejected"],
    ]);
    expect(failures[0]!.error).toMatchObject({ adapter: "aws/actions", coordinates: { bus: "bus" } });
  });

  it("of a request fail its actions and no others", async () => {
    const { failures } = await publish(
      many,
      (request, number) => (number === 0 ? awsException("InternalFailure", 500) : takeAll(request)),
      { parallel: 1, maxAttempts: 1 },
    );

    expect(failures.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(["unavailable"]));
  });

  it("of a request that is refused blame the one that is to blame", async () => {
    const { failures } = await publish(many, (request) =>
      entriesOf(request).some(({ Detail }) => JSON.parse(Detail).eventId === "e4")
        ? awsException("ValidationException")
        : takeAll(request),
    );

    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([[4, "store-rejected"]]);
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

describe("cancellation", () => {
  it("before the start throws and sends nothing", async () => {
    const [error, requests] = await withAwsStub(takeAll, async ({ endpoint, requests }) => {
      const actions = awsActions({ bus: "bus", pipeline: "p", endpoint });
      return [await errorOf(actions.publish([action(1)], { signal: AbortSignal.abort() })), requests];
    });

    expect(error).toMatchObject({ code: "cancelled", stage: "actions" });
    expect(requests).toEqual([]);
  });

  it("under way ends at once, and what is not known to be out has failed", async () => {
    const controller = new AbortController();

    const failures = await withAwsStub(
      (request, number) => {
        if (number === 0) return takeAll(request);
        controller.abort();
        return "hang";
      },
      ({ endpoint }) =>
        awsActions({ bus: "bus", pipeline: "p", endpoint, parallel: 1 }).publish(many, { signal: controller.signal }),
    );

    expect(failures.map(({ index }) => index)).toEqual(many.keys().drop(10).toArray());
    expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(["cancelled"]));
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

async function publish(actions: readonly Action[], answer: StubAnswer, options: Partial<AwsActionsOptions> = {}) {
  return withAwsStub(answer, async ({ endpoint, requests }) => {
    const port = awsActions({ bus: "bus", pipeline: "test-pipeline", endpoint, ...options });
    const failures: readonly ItemFailure[] = await port.publish(actions);
    await port.close();
    return { failures, requests, entries: requests.flatMap(entriesOf) };
  });
}

function entriesOf(request: StubRequest): Entry[] {
  return request.json<{ Entries: Entry[] }>().Entries;
}

function takeAll(request: StubRequest): StubReply {
  return take(request, () => undefined);
}

function take(request: StubRequest, errorCode: (action: Action) => string | undefined): StubReply {
  const results = entriesOf(request).map(({ Detail }) => {
    const code = errorCode(JSON.parse(Detail));
    return code === undefined ? { EventId: "1" } : { ErrorCode: code, ErrorMessage: "x" };
  });
  return { body: { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length, Entries: results } };
}

/** An action whose JSON is longer than usual by so many bytes, in characters of two. */
function large(number: number, bytes: number): Action {
  const note = "é".repeat(Math.floor(bytes / 2)) + "x".repeat(bytes % 2);
  return { ...action(number), prediction: { note } };
}
