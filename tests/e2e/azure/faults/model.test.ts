/** @jest-environment ./tests/support/native-environment.cjs */
import { describe, expect, it, jest } from "@jest/globals";
import type { TelemetryEvent } from "sluice";
import type { EndpointKind } from "../../../../adapters/azure/infer";
import { failing } from "../../../../emulators/azure/faults";
import type { Rule } from "../../../../emulators/http-faults";
import { RETRY } from "../../../../functions/azure/trigger";
import { openEndpoint } from "../../../support/azure/endpoint";
import { openPath, type PathOptions } from "../../../support/azure/path";
import { openAzureServices } from "../../../support/azure/services";
import { azureFailure } from "../../../support/azure-stub";
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
const SPEED = 20;
/** The adapter's own, of real time: where a clock is faster, it must be shorter. */
const REQUEST_MS = 30_000;
const HANGING_SPEED = 8;
/** A function that does not give up, so that what it gives up nevertheless shows. */
const PATIENT = { SLUICE_RETRIES: "10000" };

const services = duringTests(openAzureServices);

jest.setTimeout(60_000);

describe("faults of the model at its endpoint, on the way from the hub to the container", () => {
  const outages: [string, EndpointKind, "service" | "container", Rule][] = [
    ["a 500 of Azure ML", "azure-ml", "service", failing("internal")],
    ["a 503 of Azure ML", "azure-ml", "service", failing("unavailable")],
    ["a 408 of Azure ML, whose model took too long", "azure-ml", "service", failing("timeout")],
    [
      "a 404 of Azure ML, whose deployment is being replaced",
      "azure-ml",
      "service",
      replying(azureFailure(404, "NotFound")),
    ],
    ["a 500 of the model, which comes as a 424", "azure-ml", "container", replying({ status: 500 })],
    ["a 503 of the model, which comes as a 424", "azure-ml", "container", replying({ status: 503 })],
    ["a 503 of the container app, which has no replica", "container-app", "container", replying({ status: 503 })],
    ["a 502 of the container app's proxy", "container-app", "container", replying({ status: 502, body: "upstream" })],
    [
      "a 404 of the environment, which does not know the app yet",
      "container-app",
      "container",
      replying({ status: 404 }),
    ],
    ["a connection that breaks", "container-app", "container", replying("reset")],
    ["an answer that is lost", "azure-ml", "service", () => ({ kind: "lose" })],
  ];
  it.each(outages)(
    "F03 model down, %s: tried again until it is up, nothing is given up",
    async (_, kind, where, rule) => {
      const { path, endpoint, close } = await deployed(kind);
      endpoint[where].set(first(8, rule));
      await publishEvents(path, EVENTS);

      await path.run();

      expect((await path.stored()).map(({ id }) => id).sort()).toEqual(IDS);
      expect(await path.letters()).toEqual([]);
      expect(path.host.stats.retries).toBeGreaterThan(0);
      expect(path.host.stats.lost).toBe(0);
      await close();
    },
  );

  it("F03 model down for long: after five failures a single request every five seconds asks whether it is up", async () => {
    const told: TelemetryEvent[] = [];
    const { path, endpoint, close } = await deployed("azure-ml", { telemetry: (event) => void told.push(event) });
    const states = () => told.flatMap((event) => (event.type === "breaker" ? [event.state] : []));
    await path.start();
    endpoint.service.set(failing("unavailable"));
    await publishEvents(path, EVENTS);

    await until(() => states().length === 5);
    const refused = endpoint.service.requests.reply;
    endpoint.service.set(undefined);
    await path.run();

    expect(states()).toEqual(["open", "half-open", "open", "half-open", "open", "half-open", "closed"]);
    expect(refused).toBe(5 + 2);
    expect(await path.stored()).toHaveLength(SIZE);
    expect(await path.letters()).toEqual([]);
    await close();
  });

  it.each<[string, EndpointKind, "service" | "container", Rule]>([
    ["a 429 of Azure ML", "azure-ml", "service", failing("throttled")],
    ["a 429 of a busy container behind it", "azure-ml", "container", replying({ status: 429 })],
    [
      "a 429 of a container app",
      "container-app",
      "container",
      replying({ status: 429, headers: { "retry-after": "1" } }),
    ],
  ])("F04 model throttled, %s: never a reason for a dead letter", async (_, kind, where, rule) => {
    const { path, endpoint, close } = await deployed(kind);
    endpoint[where].set(first(5, rule));
    await publishEvents(path, EVENTS);

    await path.run();

    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(IDS);
    expect(await path.letters()).toEqual([]);
    await close();
  });

  it("F15 tokens of the endpoint that have expired: handed back until they are fresh", async () => {
    const { path, endpoint, close } = await deployed("azure-ml");
    endpoint.service.set(first(8, failing("expired")));
    await publishEvents(path, EVENTS);

    await path.run();

    expect(await path.stored()).toHaveLength(SIZE);
    expect(await path.letters()).toEqual([]);
    await close();
  });

  it.each<EndpointKind>(["azure-ml", "container-app"])(
    "F05 model that never answers, %s: the request ends, the function answers before its deadline, and all comes again",
    async (kind) => {
      const answers: { leftMs: number; handedBack: boolean }[] = [];
      const clock = fastClock(HANGING_SPEED);
      const timeoutMs = 10_000;
      const { path, endpoint, close } = await deployed(kind, {
        clock,
        requestTimeoutMs: REQUEST_MS / HANGING_SPEED,
        variables: { SLUICE_TIMEOUT_SECONDS: String(timeoutMs / 1_000) },
        around: async (_, run) => {
          const deadline = clock.now() + timeoutMs;
          const note = (handedBack: boolean) => answers.push({ leftMs: deadline - clock.now(), handedBack });
          await run().then(
            () => note(false),
            (thrown) => {
              note(true);
              throw thrown;
            },
          );
        },
      });
      await path.start();
      endpoint.service.set(replying("hang"));
      await publishEvents(path, EVENTS);

      await until(() => answers.length === 3);
      // Of the request that is under way by now. What had hung would count as well.
      await until(() => endpoint.network.connections() <= 1);
      const refused = answers.slice(0, 3);
      endpoint.service.set(undefined);
      await path.run();

      for (const { leftMs, handedBack } of refused) {
        expect(handedBack).toBe(true);
        expect(leftMs).toBeGreaterThan(0);
      }
      expect((await path.stored()).map(({ id }) => id).sort()).toEqual(IDS);
      expect(await path.letters()).toEqual([]);
      await close();
    },
  );

  it("F20 container app that takes four minutes to start: the stack's own retries outlast it, nothing is given up", async () => {
    const speed = 50;
    const clock = fastClock(speed);
    const { path, endpoint, close } = await deployed("container-app", {
      clock,
      requestTimeoutMs: REQUEST_MS / speed,
      variables: { SLUICE_RETRIES: String(RETRY.retries) },
      retrySeconds: { minimum: RETRY.minBackoffSeconds, maximum: RETRY.maxBackoffSeconds },
    });
    const startsAt = clock.monotonic() + 240_000;
    // While there is no replica, requests wait for one, and then go through.
    endpoint.container.set(() => ({ kind: "delay", ms: Math.max(0, startsAt - clock.monotonic()) }));
    await publishEvents(path, EVENTS);

    await path.run();

    expect(clock.monotonic()).toBeGreaterThan(startsAt);
    expect((await path.stored()).map(({ id }) => id).sort()).toEqual(IDS);
    expect(await path.letters()).toEqual([]);
    expect(path.host.stats.lost).toBe(0);
    await close();
  });
});

async function deployed(kind: EndpointKind, options: PathOptions & { requestTimeoutMs?: number } = {}) {
  const { clock = fastClock(SPEED), requestTimeoutMs, ...others } = options;
  const endpoint = await openEndpoint(services(), { kind, requestTimeoutMs, clock });
  const path = await openPath(services(), {
    ...{ pipeline: endpointPipeline, infer: endpoint.infer },
    ...others,
    clock,
    variables: { ...PATIENT, ...options.variables },
  });
  const close = async () => {
    await path.close();
    await endpoint.close();
  };
  return { path, endpoint, close };
}
