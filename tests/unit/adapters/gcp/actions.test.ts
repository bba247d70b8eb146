import { describe, expect, it } from "@jest/globals";
import type { Action, ItemFailure } from "sluice";
import { type GcpActionsOptions, gcpActions } from "../../../../adapters/gcp/actions";
import { gcpClient } from "../../../../adapters/gcp/client";
import { errorOf } from "../../../support/contract";
import {
  type GcpStubAnswer,
  gcpFailure,
  type HttpRequest,
  type StubReply,
  withGcpStub,
} from "../../../support/gcp-stub";
import { settled } from "../../../support/manual-clock";
import { action } from "../../../support/records";

interface Message {
  data: string;
  attributes: Record<string, string>;
}

const TOPIC = "projects/p/topics/actions";
const many = Array.from({ length: 2_500 }, (_, i) => action(i));

describe("actions on a topic", () => {
  it("are messages that a filter can match, with the action in them", async () => {
    const { requests, failures } = await publish([action(7)], takeAll);

    expect(failures).toEqual([]);
    expect(requests.map(({ method, path }) => [method, path])).toEqual([["POST", `/v1/${TOPIC}:publish`]]);
    const [message] = messagesOf(requests[0]!);
    expect(message!.attributes).toEqual({ id: action(7).id, name: "alert" });
    expect(JSON.parse(Buffer.from(message!.data, "base64").toString())).toEqual(action(7));
  });

  it("go out a thousand to a request", async () => {
    const { requests, failures } = await publish(many, takeAll, { parallel: 1 });

    expect(requests.map((request) => messagesOf(request).length)).toEqual([1_000, 1_000, 500]);
    expect(failures).toEqual([]);
  });

  it("go out less than 9 MiB to a request, in base64", async () => {
    const long = Array.from({ length: 5 }, (_, i) => large(i, 2_200_000));

    const { requests, failures } = await publish(long, takeAll, { parallel: 1 });

    expect(requests.map((request) => messagesOf(request).length)).toEqual([3, 2]);
    for (const { body } of requests) expect(body.length).toBeLessThanOrEqual(9 * 1024 * 1024 + 20);
    expect(failures).toEqual([]);
  });

  it("fail alone where they are too long for any request", async () => {
    const { requests, failures } = await publish([action(0), large(1, 7_100_000), action(2)], takeAll);

    expect(requests.flatMap(messagesOf)).toHaveLength(2);
    expect(failures).toMatchObject([{ index: 1, error: { code: "store-rejected", stage: "actions" } }]);
  });

  it("go out side by side, a few requests at once", async () => {
    let now = 0;
    let most = 0;
    const answer: GcpStubAnswer = async (request) => {
      most = Math.max(most, ++now);
      for (let turn = 0; turn < 20; turn++) await settled();
      now--;
      return takeAll(request);
    };
    const long = Array.from({ length: 12 }, (_, i) => large(i, 4_000_000));

    const { failures } = await publish(long, answer, { timeoutMs: 20_000 });

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
  it("of a request fail its actions and no others", async () => {
    const { failures } = await publish(
      many,
      (request, number) => (number === 1 ? gcpFailure("UNAVAILABLE") : takeAll(request)),
      { parallel: 1 },
    );

    expect(failures.map(({ index }) => index)).toEqual(many.keys().drop(1_000).take(1_000).toArray());
    expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(["unavailable"]));
    expect(failures[0]!.error).toMatchObject({ adapter: "gcp/actions", coordinates: { topic: TOPIC, status: 503 } });
  });

  it("of a request that is refused for what it holds blame the one that is to blame", async () => {
    const bad = new Set([4, 999]);

    const { failures, requests } = await publish(many.slice(0, 1_000), (request) =>
      actionsOf(request).some(({ eventId }) => bad.has(Number(eventId.slice(1))))
        ? gcpFailure("INVALID_ARGUMENT")
        : takeAll(request),
    );

    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
      [4, "store-rejected"],
      [999, "store-rejected"],
    ]);
    expect(requests.length).toBeLessThan(50);
  });

  it.each([{}, { messageIds: [] }, { messageIds: ["1", "2"] }, { messageIds: 1 }])(
    "are what an answer is that does not name each message: %j",
    async (body) => {
      const { failures } = await publish([action(1)], () => ({ body }));

      expect(failures).toMatchObject([{ index: 0, error: { code: "unavailable" } }]);
    },
  );

  it("are all of them where the topic is not there, and say what to check", async () => {
    const { failures } = await publish([action(1)], () => gcpFailure("NOT_FOUND"));

    expect(failures).toMatchObject([{ index: 0, error: { code: "unavailable", retryable: true } }]);
    expect(failures[0]!.error.message).toMatch(/Check that it exists/);
  });

  it("pass on how long to wait", async () => {
    const { failures } = await publish([action(1)], () =>
      gcpFailure("RESOURCE_EXHAUSTED", "slow", { headers: { "retry-after": "7" } }),
    );

    expect(failures[0]!.error).toMatchObject({ code: "throttled", retryAfterMs: 7_000 });
  });
});

describe("cancellation", () => {
  it("before the start throws and sends nothing", async () => {
    const [error, requests] = await withGcpStub(takeAll, async ({ endpoint, requests }) => {
      const actions = gcpActions({ topic: TOPIC, endpoint });
      return [await errorOf(actions.publish([action(1)], { signal: AbortSignal.abort() })), requests];
    });

    expect(error).toMatchObject({ code: "cancelled", stage: "actions" });
    expect(requests).toEqual([]);
  });

  it("under way ends at once, and what is not known to be out has failed", async () => {
    const controller = new AbortController();

    const failures = await withGcpStub(
      (request, number) => {
        if (number === 0) return takeAll(request);
        controller.abort();
        return "hang";
      },
      ({ endpoint }) =>
        gcpActions({ topic: TOPIC, endpoint, parallel: 1 }).publish(many, { signal: controller.signal }),
    );

    expect(failures.map(({ index }) => index)).toEqual(many.keys().drop(1_000).toArray());
    expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(["cancelled"]));
  });
});

describe("the client", () => {
  it("that is given is the one in use", async () => {
    const client = gcpClient({ endpoint: "http://127.0.0.1:1" });

    const actions = gcpActions({ topic: TOPIC, client });
    await actions.close();

    expect(actions.client).toBe(client);
  });

  it("of our own is made once", () => {
    const actions = gcpActions({ topic: TOPIC });

    expect(actions.client).toBe(actions.client);
    expect(actions.client.endpoint).toBe("https://pubsub.googleapis.com");
  });
});

async function publish(
  actions: readonly Action[],
  answer: GcpStubAnswer,
  options: Partial<GcpActionsOptions> = {},
): Promise<{ failures: readonly ItemFailure[]; requests: readonly HttpRequest[] }> {
  return withGcpStub(answer, async ({ endpoint, requests }) => {
    const failures = await gcpActions({ topic: TOPIC, endpoint, ...options }).publish(actions);
    return { failures, requests };
  });
}

function messagesOf(request: HttpRequest): Message[] {
  return request.json<{ messages: Message[] }>().messages;
}

function actionsOf(request: HttpRequest): Action[] {
  return messagesOf(request).map(({ data }) => JSON.parse(Buffer.from(data, "base64").toString()));
}

function takeAll(request: HttpRequest): StubReply {
  return { body: { messageIds: messagesOf(request).map((_, i) => String(i)) } };
}

/** An action whose JSON is longer than usual by so many bytes, in characters of two. */
function large(number: number, bytes: number): Action {
  return { ...action(number), prediction: { note: "é".repeat(bytes / 2) } };
}
