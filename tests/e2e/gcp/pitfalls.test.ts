import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { encodeEnvelope } from "sluice";
import { systemClock } from "../../../adapters/system";
import { openCloudRun } from "../../../emulators/gcp/cloud-run";
import { failing } from "../../../emulators/gcp/faults";
import { bundleFunction, ENTRY_POINT } from "../../../functions/gcp/bundle";
import { scratch } from "../../support/cli";
import { duringTests } from "../../support/during-tests";
import { openGcpServices } from "../../support/gcp/services";
import { memoryInfer, REFUSED_AMOUNT } from "../../support/memory/infer";
import { HERE } from "../../support/placed";
import { event, json, testPipeline } from "../../support/records";
import { until } from "../../support/until";
import { namesFor, openPushed, subscribe } from "./pushed";

const ROOT = path.resolve(__dirname, "../../..");
const PIPELINE = path.join(ROOT, "tests/fixtures/pipelines/deadly.ts");
/** As where the function is deployed. */
const FRAMEWORK = path.join(ROOT, "node_modules/@google-cloud/functions-framework/build/src/main.js");
/** The memory model scores high enough for an action. */
const ALARMING = { amount: 23, count: 1 };
const POISON = '{"broken';
const outDir = scratch();

const services = duringTests(openGcpServices);

jest.setTimeout(60_000);

/** What tests/infra/gcp/pitfalls.ts cannot see: the function and what it is made of. Numbers as there. */
describe("known pitfalls of Google Cloud, in what runs there", () => {
  it("2: behind functions-framework the function still sees how often a message came, and from which subscription", async () => {
    const { pushed, close } = await deployed();
    services().faults.pubsub.set(failing("unavailable"));

    await pushed.publish([POISON]);
    await until(() => pushed.state().nacked >= 2);
    services().faults.pubsub.set(undefined);
    await pushed.drained();

    const [letter] = await pushed.letters();
    expect(letter?.attempts).toBe(pushed.state().delivered);
    expect(letter?.attempts).toBeGreaterThan(2);
    expect(letter?.position.source).toBe(pushed.names.push.split("/").at(-1));
    await close();
  });

  it("8: the same event in two messages is one row and one action, whatever ids the messages have", async () => {
    const pushed = await openPushed(services(), { pipeline: testPipeline });
    const { pubsub } = services().services;
    const data = encodeEnvelope([json(event(1, ALARMING))], 0);

    const ids = [0, 1].flatMap(() => pubsub.publish(pushed.names.topic, [{ data }]));
    await pushed.drained();

    expect(new Set(ids).size).toBe(2);
    expect((await pushed.stored()).map(({ id }) => id)).toEqual(["e1"]);
    expect(pushed.actions().map(({ id }) => id)).toEqual(["e1:alert", "e1:alert"]);
    await pushed.close();
  });

  it("10: a message that is alone waits for no others: no timer has to run out before its rows are scored", async () => {
    const rows: number[] = [];
    const infer = memoryInfer();
    const pushed = await openPushed(services(), {
      functionClock: { ...systemClock, sleep: forEver },
      infer: {
        ...infer,
        infer: (features, options) => {
          rows.push(features.rows);
          return infer.infer(features, options);
        },
      },
    });

    await pushed.publish([json(event(1)), json(event(2))]);
    await pushed.drained();

    expect(rows).toEqual([2]);
    expect(await pushed.stored()).toHaveLength(2);
    await pushed.close();
  });

  it("11: messages that share a call of the model do not share what is wrong with one of them", async () => {
    const calls: number[] = [];
    const infer = memoryInfer();
    const first = Promise.withResolvers<void>();
    const pushed = await openPushed(services(), {
      infer: {
        ...infer,
        infer: async (features, options) => {
          // The others gather behind the first call.
          if (calls.push(features.rows) === 1) await first.promise;
          return infer.infer(features, options);
        },
      },
    });

    for (let message = 0; message < 20; message++)
      await pushed.publish([json(event(message, message === 7 ? { amount: REFUSED_AMOUNT } : {}))]);
    await until(() => pushed.state().leased === 20);
    first.resolve();
    await pushed.drained();

    expect(Math.max(...calls)).toBeGreaterThan(1);
    expect((await pushed.letters()).map(({ eventId, code }) => [eventId, code])).toEqual([["e7", "model-input"]]);
    expect(await pushed.stored()).toHaveLength(19);
    expect(pushed.state()).toMatchObject({ delivered: 20, acked: 20 });
    await pushed.close();
  });

  it("12: once a message is acknowledged nothing of its work is left: rows, letters and actions are where they belong", async () => {
    const pushed = await openPushed(services(), { pipeline: testPipeline });
    // Counted by the proxies, which the test itself goes past.
    const calls = () => [services().faults.firestore.requests.pass, services().faults.pubsub.requests.pass];

    await pushed.publish([json(event(1, ALARMING)), POISON]);
    await pushed.drained();
    const atEnd = calls();
    const effects = [(await pushed.stored()).length, (await pushed.letters()).length, pushed.actions().length];

    expect(effects).toEqual([1, 1, 1]);
    expect(calls()).toEqual(atEnd);
    await pushed.close();
  });

  it("23, 32: what is installed has exact versions, and nothing that is archived is among it", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    const google = Object.entries<string>({ ...dependencies, ...devDependencies }).filter(([name]) =>
      /google|grpc/.test(name),
    );

    for (const [name, version] of google)
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    expect(Object.keys(dependencies).filter((name) => name.startsWith("@google-cloud/"))).toEqual([
      "@google-cloud/functions-framework",
      "@google-cloud/pubsub",
    ]);
    expect(JSON.stringify(google)).not.toContain("opentelemetry");
  });

  it("29: the log tells of retries and of messages, not of events, and holds nothing of one", async () => {
    const secret = "4111-1111-1111-1111";
    const { pushed, log, close } = await deployed();
    for (const service of ["firestore", "pubsub"] as const) services().faults[service].set(failing("unavailable"));

    await pushed.publish([
      `{"id":"e0","number":0,"note":"${secret}"}`,
      `{"id":"${secret}","number":1}`,
      `{"id":"e1","number":"${secret}"}`,
      `{"${secret}`,
    ]);
    await until(() => pushed.state().nacked >= 1);
    for (const service of ["firestore", "pubsub"] as const) services().faults[service].set(undefined);
    await pushed.drained();
    const { delivered } = pushed.state();
    await close();

    const lines = log.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as { type: string });
    expect(lines.filter(({ type }) => type === "batch")).toHaveLength(delivered);
    expect(lines.filter(({ type }) => type === "retry").length).toBeGreaterThan(0);
    expect(log.join("\n")).not.toContain(secret);
  });
});

/** A pause that does not end by itself. */
function forEver(_: number, signal?: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
}

/** The bundle behind functions-framework, and a subscription that pushes to it. */
async function deployed() {
  const names = namesFor(randomUUID());
  const log: string[] = [];
  const { directory } = await bundleFunction({
    ...{ pipelineFile: PIPELINE, inference: "in-process", outDir },
    ...HERE,
  });
  const run = await openCloudRun({
    directory,
    command: [FRAMEWORK, `--target=${ENTRY_POINT}`],
    environment: {
      ...services().environment,
      ...{ NODE_ENV: "production", SLUICE_COLLECTION: names.collection, SLUICE_DEAD_TOPIC: names.dead },
    },
    onLog: (line) => log.push(line),
  });
  const pushed = subscribe(services(), names, run.endpoint, {});
  const close = async () => {
    await pushed.close();
    await run.close();
  };
  return { pushed, log, close };
}
