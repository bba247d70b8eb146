import { describe, expect, it } from "@jest/globals";
import type { Action, ErrorCode } from "sluice";
import { type AzureActionsOptions, azureActions } from "../../../../adapters/azure/actions";
import { azureClient, SCOPES } from "../../../../adapters/azure/client";
import {
  type AzureStubAnswer,
  azureFailure,
  type HttpRequest,
  type StubReply,
  stubCredentials,
  withAzureStub,
} from "../../../support/azure-stub";
import { action } from "../../../support/records";
import { large, publishesInRequests } from "../suites/publishing";

const takeAll = (): StubReply => ({ body: "" });
const many = Array.from({ length: 2_500 }, (_, i) => action(i));

publishesInRequests({
  publishing: (answer, test, options = {}) => withTopic(answer, options, test),
  actionsOf: (request) => eventsOf(request).map(({ data }) => data),
  takeAll,
  perRequest: 1_000,
  outage: {
    reply: azureFailure(503, "ServerBusy"),
    error: { code: "throttled", adapter: "azure/actions", coordinates: { status: 503 } },
  },
  refusal: azureFailure(400, "BadRequest"),
});

describe("actions on a topic", () => {
  it("are CloudEvents with the action in them, whose id drops repeats", async () => {
    const { requests, failures } = await publish([action(7)], takeAll, { pipeline: "card fraud" });

    expect(failures).toEqual([]);
    expect(requests.map(({ method, path }) => [method, path])).toEqual([
      ["POST", "/api/events?api-version=2018-01-01"],
    ]);
    expect(requests[0]!.headers).toMatchObject({
      "content-type": "application/cloudevents-batch+json; charset=utf-8",
      authorization: `Bearer token of ${SCOPES.eventGrid}`,
    });
    expect(eventsOf(requests[0]!)).toEqual([
      {
        specversion: "1.0",
        id: action(7).id,
        source: "/sluice/card%20fraud",
        type: action(7).name,
        subject: action(7).key,
        time: new Date(action(7).time).toISOString(),
        datacontenttype: "application/json",
        data: action(7),
      },
    ]);
  });

  it("do without a subject and a time that are none", async () => {
    const { requests } = await publish([{ ...action(1), key: "", time: 9e15 }], takeAll);

    const [event] = eventsOf(requests[0]!);
    expect(event).not.toHaveProperty("subject");
    expect(event).not.toHaveProperty("time");
  });

  it("go out up to a thousand and 1 MB to a request", async () => {
    const long = Array.from({ length: 5 }, (_, i) => large(i, 400_000));

    const { requests, failures } = await publish([...many, ...long], takeAll, { parallel: 1 });

    expect(requests.map((request) => eventsOf(request).length)).toEqual([1_000, 1_000, 502, 2, 1]);
    for (const { body } of requests) expect(body.length).toBeLessThanOrEqual(1_000_002);
    expect(failures).toEqual([]);
  });

  it("fail alone where they are too long for any request", async () => {
    const { requests, failures } = await publish([action(0), large(1, 1_000_000), action(2)], takeAll);

    expect(requests.flatMap(eventsOf)).toHaveLength(2);
    expect(failures).toMatchObject([{ index: 1, error: { code: "store-rejected", stage: "actions" } }]);
  });
});

describe("failures", () => {
  it.each<[string, StubReply, ErrorCode]>([
    ["a topic that is not there", { status: 404, body: "" }, "unavailable"],
    [
      "a topic of another schema",
      azureFailure(400, "BadRequest", {}, "This resource is configured for x"),
      "unavailable",
    ],
    ["a missing role", azureFailure(401, "Unauthorized"), "credentials"],
    ["too many requests", azureFailure(429, "TooManyRequests", { headers: { "retry-after": "7" } }), "throttled"],
    ["a broken connection", "reset", "unavailable"],
    ["no answer", "hang", "timeout"],
  ])("may pass: %s", async (_, reply, code) => {
    const { failures } = await publish([action(1)], () => reply, { timeoutMs: 300 });

    expect(failures).toMatchObject([{ index: 0, error: { code, retryable: true } }]);
  });
});

describe("the client", () => {
  it("that is given is the one in use", async () => {
    const client = azureClient({ endpoint: "http://127.0.0.1:1" });

    const actions = azureActions({
      topic: "https://t.westeurope-1.eventgrid.azure.net/api/events",
      pipeline: "p",
      client,
    });
    await actions.close();

    expect(actions.client).toBe(client);
  });

  it("of our own is made once", () => {
    const topic = "https://t.westeurope-1.eventgrid.azure.net/api/events";
    const actions = azureActions({ topic, pipeline: "p" });

    expect(actions.client).toBe(actions.client);
    expect(actions.client.endpoint).toBe(topic);
  });
});

function withTopic<T>(
  answer: AzureStubAnswer,
  options: Partial<AzureActionsOptions>,
  test: (actions: ReturnType<typeof azureActions>, requests: readonly HttpRequest[]) => Promise<T>,
): Promise<T> {
  return withAzureStub(answer, ({ endpoint, requests }) => {
    const topic = `${endpoint}/api/events`;
    return test(azureActions({ topic, pipeline: "p", credentials: stubCredentials(), ...options }), requests);
  });
}

function publish(actions: readonly Action[], answer: AzureStubAnswer, options: Partial<AzureActionsOptions> = {}) {
  return withTopic(answer, options, async (port, requests) => ({ failures: await port.publish(actions), requests }));
}

function eventsOf(request: HttpRequest): { data: Action }[] {
  return request.json<{ data: Action }[]>();
}
