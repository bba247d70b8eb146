/** @jest-environment ./tests/support/native-environment.cjs */
import { describe, expect, it, jest } from "@jest/globals";
import type { KinesisStreamBatchResponse } from "aws-lambda";
import type { TelemetryEvent } from "sluice";
import { failing } from "../../../../emulators/aws/faults";
import type { Rule } from "../../../../emulators/http-faults";
import { openServerlessEndpoint } from "../../../support/aws/endpoint";
import { openPath, type PathOptions } from "../../../support/aws/path";
import { openAwsServices } from "../../../support/aws/services";
import { publishEvents } from "../../../support/cloud-path";
import { duringTests } from "../../../support/during-tests";
import { fastClock } from "../../../support/fast-clock";
import { endpointPipeline } from "../../../support/model-endpoint";
import { events } from "../../../support/records";
import { first, replying } from "../../../support/rules";
import { until } from "../../../support/until";

const SIZE = 12;
const EVENTS = events(SIZE);
const IDS = Array.from({ length: SIZE }, (_, number) => `e${number}`).sort();
const SPEED = 100;
/** Of real time, which nobody waits for. */
const NEVER_MS = 1e9;

const services = duringTests(openAwsServices);

jest.setTimeout(30_000);

describe("faults of the model at its endpoint, on the way from the stream to the table", () => {
  const outages: [string, "service" | "container", Rule][] = [
    ["a 500 of SageMaker", "service", failing("internal")],
    ["a 503 of SageMaker", "service", failing("unavailable")],
    ["a 530, a failing dependency of SageMaker", "service", failing("dependency")],
    ["a 500 of the container, which comes as a 424", "container", replying({ status: 500 })],
    ["a 503 of the container, which comes as a 424", "container", replying({ status: 503 })],
  ];
  it.each(outages)("F03 model down, %s: tried again until it is up, nothing is given up", async (_, where, rule) => {
    const { path, endpoint, close } = await deployed({ settings: { maximumRetryAttempts: -1 } });
    endpoint[where].set(first(8, rule));
    await publishEvents(path, EVENTS);

    await path.run();

    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(IDS);
    expect(await path.letters()).toEqual([]);
    expect(path.mapping.stats.partialFailures).toBeGreaterThan(0);
    await close();
  });

  it("F03 model down for long: after five failures a single request every five seconds asks whether it is up", async () => {
    const told: TelemetryEvent[] = [];
    const { path, endpoint, close } = await deployed({
      settings: { maximumRetryAttempts: -1, parallelizationFactor: 1 },
      telemetry: (event) => void told.push(event),
    });
    const states = () => told.flatMap((event) => (event.type === "breaker" ? [event.state] : []));
    endpoint.service.set(failing("unavailable"));
    await publishEvents(path, EVENTS);

    const running = path.run();
    await until(() => states().length === 5);
    const refused = endpoint.service.requests.reply;
    endpoint.service.set(undefined);
    await running;

    expect(states()).toEqual(["open", "half-open", "open", "half-open", "open", "half-open", "closed"]);
    expect(refused).toBe(5 + 2);
    expect(await path.stored()).toHaveLength(SIZE);
    expect(await path.letters()).toEqual([]);
    await close();
  });

  it("F04 model throttled: a refusal of SageMaker, or of a busy container, is never a dead letter", async () => {
    for (const [where, rule] of [
      ["service", failing("throttled")],
      ["container", replying({ status: 429 })],
    ] as const) {
      const { path, endpoint, close } = await deployed({ settings: { maximumRetryAttempts: -1 } });
      endpoint[where].set(first(5, rule));
      await publishEvents(path, EVENTS);

      await path.run();

      expect([where, (await path.stored()).length]).toEqual([where, SIZE]);
      expect(await path.letters()).toEqual([]);
      await close();
    }
  });

  it("F05 model that never answers: the request ends, the function answers before its deadline, and all comes again", async () => {
    const answers: { leftMs: number; answer: KinesisStreamBatchResponse; numbers: string[] }[] = [];
    const clock = fastClock(8);
    const timeoutMs = 4_000;
    const { path, endpoint, close } = await deployed({
      clock,
      timeoutMs,
      settings: { parallelizationFactor: 1 },
      around: async ({ Records }, run) => {
        const deadline = clock.now() + timeoutMs;
        const answer = await run();
        const numbers = Records.map(({ kinesis }) => kinesis.sequenceNumber);
        answers.push({ leftMs: deadline - clock.now(), answer, numbers });
        return answer;
      },
    });
    endpoint.service.set(() => ({ kind: "delay", ms: NEVER_MS }));
    await publishEvents(path, EVENTS);

    const running = path.run();
    await until(() => answers.length === 3);
    // Of the request that is under way by now. What had hung would count as well.
    await until(() => endpoint.network.connections() <= 1);
    const refused = answers.slice(0, 3);
    endpoint.service.set(undefined);
    await running;

    for (const { answer, numbers, leftMs } of refused) {
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: numbers[0] }] });
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThan(2_200);
    }
    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(IDS);
    expect(await path.letters()).toEqual([]);
    await close();
  });

  it("F15 credentials of the endpoint that have expired: handed back until they are fresh", async () => {
    const { path, endpoint, close } = await deployed({ settings: { maximumRetryAttempts: -1 } });
    endpoint.service.set(first(8, failing("expired")));
    await publishEvents(path, EVENTS);

    await path.run();

    expect(await path.stored()).toHaveLength(SIZE);
    expect(await path.letters()).toEqual([]);
    await close();
  });

  it("F20 endpoint that takes four minutes to start: the stack's own retries outlast it, and no breaker trips", async () => {
    const told: TelemetryEvent[] = [];
    const clock = fastClock(100);
    const { path, endpoint, close } = await deployed(
      {
        ...{ clock, retryMs: { base: 1_000, cap: 60_000 }, telemetry: (event) => void told.push(event) },
        // The pauses' mean: with luck in neither direction.
        random: () => 0.5,
      },
      240_000,
    );
    const before = clock.monotonic();
    await publishEvents(path, EVENTS);

    await path.run();

    expect(clock.monotonic() - before).toBeGreaterThan(200_000);
    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(IDS);
    expect(path.mapping.stats.discarded).toBe(0);
    expect(endpoint.service.requests.pass).toBeGreaterThan(3);
    expect(told.filter(({ type }) => type === "breaker")).toEqual([]);
    await close();
  });
});

async function deployed(options: PathOptions, coldStartMs = 0) {
  const { clock = fastClock(SPEED) } = options;
  const endpoint = await openServerlessEndpoint({ coldStartMs, clock });
  const path = await openPath(services(), { pipeline: endpointPipeline, infer: endpoint.infer, ...options, clock });
  const close = async () => {
    await path.close();
    await endpoint.close();
  };
  return { path, endpoint, close };
}
