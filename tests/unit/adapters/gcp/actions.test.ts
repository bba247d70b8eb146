import { describe, expect, it } from "@jest/globals";
import type { Action } from "sluice";
import { type GcpActions, type GcpActionsOptions, gcpActions } from "../../../../adapters/gcp/actions";
import { gcpClient } from "../../../../adapters/gcp/client";
import {
  type GcpStubAnswer,
  gcpFailure,
  type HttpRequest,
  type StubReply,
  withGcpStub,
} from "../../../support/gcp-stub";
import { action } from "../../../support/records";
import { large, publishesInRequests } from "../suites/publishing";

interface Message {
  data: string;
  attributes: Record<string, string>;
}

const TOPIC = "projects/p/topics/actions";

publishesInRequests({
  publishing: (answer, test, options = {}) => withTopic(answer, options, test),
  actionsOf,
  takeAll,
  perRequest: 1_000,
  outage: {
    reply: gcpFailure("UNAVAILABLE"),
    error: { code: "unavailable", adapter: "gcp/actions", coordinates: { topic: TOPIC, status: 503 } },
  },
  refusal: gcpFailure("INVALID_ARGUMENT"),
});

describe("actions on a topic", () => {
  it("are messages that a filter can match, with the action in them", async () => {
    const { requests, failures } = await publish([action(7)], takeAll);

    expect(failures).toEqual([]);
    expect(requests.map(({ method, path }) => [method, path])).toEqual([["POST", `/v1/${TOPIC}:publish`]]);
    const [message] = messagesOf(requests[0]!);
    expect(message!.attributes).toEqual({ id: action(7).id, name: "alert" });
    expect(JSON.parse(Buffer.from(message!.data, "base64").toString())).toEqual(action(7));
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
});

describe("failures", () => {
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

function withTopic<T>(
  answer: GcpStubAnswer,
  options: Partial<GcpActionsOptions>,
  test: (actions: GcpActions, requests: readonly HttpRequest[]) => Promise<T>,
): Promise<T> {
  return withGcpStub(answer, ({ endpoint, requests }) =>
    test(gcpActions({ topic: TOPIC, endpoint, ...options }), requests),
  );
}

function publish(actions: readonly Action[], answer: GcpStubAnswer, options: Partial<GcpActionsOptions> = {}) {
  return withTopic(answer, options, async (port, requests) => ({ failures: await port.publish(actions), requests }));
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
