/** @jest-environment ./tests/support/native-environment.cjs */
import path from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { openFunctionsHost } from "../../../../emulators/azure/functions-host";
import { bundleFunction } from "../../../../functions/azure/bundle";
import { openPath } from "../../../support/azure/path";
import { openAzureServices } from "../../../support/azure/services";
import { scratch } from "../../../support/cli";
import { duringTests } from "../../../support/during-tests";
import { serveModel } from "../../../support/model-server";
import { until } from "../../../support/until";

const PIPELINE = path.resolve(__dirname, "../../../fixtures/pipelines/deadly.ts");

const outDir = scratch();
const services = duringTests(openAzureServices);
let model: { url: string; close(): Promise<void> };
let directory: string;

jest.setTimeout(60_000);

beforeAll(async () => {
  model = await serveModel("linear");
  ({ directory } = await bundleFunction({ pipelineFile: PIPELINE, inference: "endpoint", outDir }));
});

afterAll(async () => {
  await model.close();
});

it.each<[string, string, string | undefined]>([
  ["SLUICE_CONTAINER", "is not set", undefined],
  ["SLUICE_DEAD_LETTERS", "is not set", " "],
  ["SLUICE_ENDPOINT", "is not set", ""],
  ["SLUICE_ENDPOINT_KIND", 'is "lambda", neither "container-app" nor "azure-ml"', "lambda"],
  ["SLUICE_INFERENCE", 'is "in-process", and the code was bundled for "endpoint"', "in-process"],
  ["SLUICE_TTL_DAYS", 'is "a week", not a whole number of days', "a week"],
  ["SLUICE_LATEST", 'is "yes", and 1 or nothing is meant', "yes"],
  ["SLUICE_RETRIES", 'is "-1", not a whole number of retries', "-1"],
  ["SLUICE_MIN_BACKOFF_SECONDS", 'is "0.4", not a whole number of seconds', "0.4"],
  ["SLUICE_MAX_BACKOFF_SECONDS", "is 1, less than the least pause of 10", "1"],
])(
  "F21 half-applied deployment: the function with a wrong %s does not start, says so in one message (it %s), and passes no event over",
  async (name, problem, value) => {
    const { path, hub, environment } = await provision();
    const { [name]: _, ...others } = environment;
    const log: string[] = [];
    const host = await openFunctionsHost({
      ...{ hub, directory, onLog: (line: string) => void log.push(line) },
      environment: value === undefined ? others : { ...others, [name]: value },
    });
    const said = () => log.filter((line) => line.includes("the function cannot start"));

    hub.append([{ body: '{"id":"e1","number":1}' }]);
    await until(() => host.stats.failures > 0);
    const { successes, lost } = host.stats;
    const passed = host.checkpoints();
    await host.close();
    await path.close();

    expect(said()).toHaveLength(1);
    expect(said()[0]).toContain(`${name} ${problem}`);
    expect(said()[0]).toContain("Deploy again");
    expect(said()[0]?.match(/SLUICE_\w+/g)).toEqual([name]);
    expect({ successes, lost, passed }).toEqual({ successes: 0, lost: 0, passed: {} });
  },
);

it("F21 the same function starts with every variable as the stack sets it, and stores the event", async () => {
  const { path, hub, environment } = await provision();
  const log: string[] = [];
  const host = await openFunctionsHost({ hub, directory, environment, onLog: (line) => void log.push(line) });

  hub.append([{ body: '{"id":"e1","number":1}' }]);
  await host.drained();
  await host.close();

  expect(log.filter((line) => line.includes("cannot start"))).toEqual([]);
  expect(await path.stored()).toMatchObject([{ id: "e1" }]);
  await path.close();
});

/** A hub and the rest, and the function's variables. */
async function provision() {
  const path = await openPath(services(), {});
  const environment: Record<string, string> = {
    ...services().environment,
    ...path.environment,
    ...{ SLUICE_INFERENCE: "endpoint", SLUICE_ENDPOINT: model.url, SLUICE_ENDPOINT_KIND: "container-app" },
  };
  return { path, hub: path.hub, environment };
}
