import { MessagingError } from "@azure/event-hubs";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { SluiceError } from "sluice";
import type { Lane } from "../../../../../adapters/azure/ingest/pack";
import { type SendOptions, send } from "../../../../../adapters/azure/ingest/send";
import { manualClock } from "../../../../support/manual-clock";

const POLICY = { attempts: 5, baseMs: 100, throttledBaseMs: 1_000, capMs: 5_000 };

/** Answers a batch, by its first message's number: how many it takes, or what it throws. */
type Hub = (first: number, count: number, attempt: number) => number | Error;

describe("a lane", () => {
  it("sends batch by batch, each as far as the last one reached", async () => {
    const { failed, sent } = await sending([lane("p", 0, 7)], (_, count) => Math.min(count, 3));

    expect(failed).toEqual([]);
    expect(sent).toEqual([
      [0, 7],
      [3, 4],
      [6, 1],
    ]);
  });

  it("ends at the first batch that fails for good, while other lanes go on", async () => {
    const { failed, sent } = await sending([lane("a", 0, 4), lane("b", 10, 2)], (first, count) =>
      first === 2 ? amqp("InternalServerError") : Math.min(count, 2),
    );

    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([
      [2, "unavailable"],
      [3, "unavailable"],
    ]);
    expect(failed[0]!.error.coordinates).toMatchObject({ hub: "h", partition: "a" });
    expect(sent.filter(([first]) => first === 10)).toHaveLength(1);
    expect(sent.filter(([first]) => first === 2)).toHaveLength(5);
  });

  it("sends what is refused for its content in smaller batches, until one message fails alone", async () => {
    const { failed } = await sending([lane("a", 0, 8)], (first, count) =>
      first <= 5 && 5 < first + count ? amqp("MessageTooLargeError") : count,
    );

    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([[5, "oversize"]]);
  });

  it("holds back what comes behind content that is refused for another reason, and says that it may pass", async () => {
    const { failed } = await sending([lane("a", 0, 4)], (first, count) =>
      first <= 1 && 1 < first + count ? amqp("InvalidFieldError") : count,
    );

    expect(failed.map(({ index, error }) => [index, error.code, error.retryable])).toEqual([
      [1, "store-rejected", false],
      [2, "unavailable", true],
      [3, "unavailable", true],
    ]);
  });

  it("fails a message that does not fit an empty batch, and no other", async () => {
    const { failed } = await sending([lane("a", 0, 3)], (first, count) => (first === 1 ? 0 : Math.min(count, 1)));

    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([[1, "oversize"]]);
  });

  it("reports each event of a message", async () => {
    const shared: Lane = { partition: "a", messages: [Uint8Array.of(0)], events: [[3, 5, 8]] };

    const { failed } = await sending([shared], () => amqp("InternalServerError"));

    expect(failed.map(({ index }) => index)).toEqual([3, 5, 8]);
  });
});

describe("a failure", () => {
  it.each([
    ["InternalServerError", 5],
    ["ServerBusyError", 5],
    ["UnauthorizedError", 2],
  ])("is tried as often as it is worth: %s", async (code, times) => {
    const { failed, sent } = await sending([lane("a", 0, 1)], () => amqp(code));

    expect(sent).toHaveLength(times);
    expect(failed).toHaveLength(1);
  });

  it("that passes leaves nothing behind", async () => {
    const { failed } = await sending([lane("a", 0, 2)], (_, count, attempt) =>
      attempt < 4 ? amqp("ServerBusyError") : count,
    );

    expect(failed).toEqual([]);
  });

  it("is waited for as long as the hub asks", async () => {
    const clock = manualClock();

    await sending(
      [lane("a", 0, 1)],
      (_, count, attempt) => (attempt === 1 ? amqp("ServerBusyError", "Please wait 4 seconds and try again.") : count),
      { clock },
    );

    expect(clock.asked()).toBe(4_000);
  });

  it("is not waited for beyond the time there is", async () => {
    const clock = manualClock();

    const { failed, sent } = await sending(
      [lane("a", 0, 1)],
      () => amqp("ServerBusyError", "Please wait 4 seconds and try again."),
      { clock, end: 3_000 },
    );

    expect(sent).toHaveLength(1);
    expect(failed[0]!.error.code).toBe("throttled");
    expect(clock.monotonic()).toBe(0);
  });
});

describe("any run of faults", () => {
  it("reports each event as failed or not, and keeps the order of each lane", async () => {
    const fault = fc.constantFrom(
      undefined,
      undefined,
      undefined,
      "InternalServerError",
      "MessageTooLargeError",
      "DecodeError",
    );

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fault, { maxLength: 8 }), { maxLength: 4 }),
        fc.nat(3),
        async (lanes, most) => {
          const durable: number[] = [];
          const given = lanes.map((faults, i) => lane(`p${i}`, i * 10, faults.length));

          const { failed } = await sending(given, (first, count) => {
            const faults = lanes[Math.floor(first / 10)]!.slice(first % 10, (first % 10) + count);
            const wrong = faults.slice(0, most + 1).find((code) => code !== undefined);
            if (wrong !== undefined) return amqp(wrong);
            const taken = Math.min(count, most + 1);
            for (let i = 0; i < taken; i++) durable.push(first + i);
            return taken;
          });

          const all = given.flatMap(({ events }) => events.flat());
          expect([...durable, ...failed.map(({ index }) => index)].sort((a, b) => a - b)).toEqual(all);
          for (const { error } of failed) expect(error).toBeInstanceOf(SluiceError);
          for (const [i, faults] of lanes.entries()) {
            const stop = faults.findIndex((code) => code === "InternalServerError" || code === "DecodeError");
            const behind = durable.filter((index) => stop !== -1 && index >= i * 10 + stop && index < i * 10 + 10);
            expect(behind).toEqual([]);
          }
        },
      ),
    );
  });
});

/** Messages of one event each, whose number they hold. */
function lane(partition: string, from: number, count: number): Lane {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  return {
    partition,
    messages: numbers.map((number) => Uint8Array.of(number)),
    events: numbers.map((number) => [number]),
  };
}

async function sending(lanes: readonly Lane[], hub: Hub, options: Partial<SendOptions["durable"]> = {}) {
  const sent: [first: number, count: number][] = [];
  const failed = await send(lanes, {
    parallel: 2,
    put: async (_, messages) => {
      const [first, count] = [messages[0]![0]!, messages.length];
      const attempt = sent.filter(([other, size]) => other === first && size === count).length + 1;
      sent.push([first, count]);
      const answer = hub(first, count, attempt);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    durable: {
      policy: POLICY,
      end: 60_000,
      requestTimeoutMs: 10_000,
      clock: manualClock(),
      random: () => 0,
      place: { stage: "ingest", adapter: "azure/ingest", coordinates: { hub: "h" } },
      signal: undefined,
      ...options,
    },
  });
  return { failed: failed.sort((a, b) => a.index - b.index), sent };
}

function amqp(code: string, message = "text of the service"): Error {
  return Object.assign(new MessagingError(message), { code });
}
