import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { benchAwsHandler } from "./aws-handler";
import { benchAwsStart } from "./aws-start";
import { benchAzureStart } from "./azure-start";
import { benchAzureStore } from "./azure-store";
import { benchCore, type CoreResult } from "./core";
import { benchGcpBatching } from "./gcp-batching";
import { benchGcpStart } from "./gcp-start";
import { benchGcpStore } from "./gcp-store";
import { benchInference, type InferenceResult } from "./inference";
import { benchFlat, benchRun, benchScale } from "./local";
import { awsTable, azureTable, coreTable, gcpTable, inferenceTable, localTable, targetTable } from "./tables";
import { isMet, type Results, targets } from "./targets";

interface Options {
  check?: boolean;
  save?: boolean;
  smoke?: boolean;
}

const program = new Command("npm run bench --")
  .description(
    "Measures Sluice against hand-written code, its peers and the bare store. Ratios above 1 mean that Sluice is faster.",
  )
  .option("--check", "exit with 1, and say so, if a target is missed")
  .option("--save", "write the results to bench/results/")
  .option("--smoke", "only see that everything runs: short, and no number means anything")
  .action(main);

async function main({ check, save, smoke }: Options): Promise<void> {
  const quick = smoke ? { rounds: 4, sliceMs: 2 } : {};
  const core: CoreResult[] = [];
  const inference: InferenceResult[] = [];
  say("The core: one batch in memory, base64 JSON in, rows out (about a minute)");
  await benchCore((result) => core.push(result), quick);
  say(coreTable(core));
  say("Inference in process");
  await benchInference((result) => inference.push(result), quick);
  say(inferenceTable(inference));
  say("The embedded platform, from generated events to stored predictions (about two minutes)");
  const run = await benchRun(smoke ? 5_000 : 300_000, smoke ? 1 : 5);
  const scale = await benchScale(smoke ? 5_000 : 1_200_000, smoke ? 1 : 3);
  const flat = await benchFlat(smoke ? 200_000 : 1_000_000);
  say(localTable(run, scale, flat));

  say("AWS: the function's start, and what its handler adds to the core (about a minute)");
  const aws = { start: await benchAwsStart(smoke ? 1 : 15), handler: await benchAwsHandler(smoke ? quick : {}) };
  say(awsTable(aws));

  say("Google Cloud: the function's start, joined calls of the model, the store (about two minutes)");
  const gcp = {
    start: await benchGcpStart(smoke ? 1 : 15),
    batching: await benchGcpBatching(smoke ? { rounds: 1, sliceMs: 100 } : {}),
    store: await benchGcpStore(smoke ? { rounds: 1, sliceMs: 20 } : {}),
  };
  say(gcpTable(gcp));

  say("Azure: the function's start, five ways to store documents (about a minute)");
  const azure = {
    start: await benchAzureStart(smoke ? 1 : 15),
    store: await benchAzureStore(smoke ? { rounds: 1, calls: 4 } : {}),
  };
  say(azureTable(azure));

  const results: Results = { core, inference, run, scale, flat, aws, gcp, azure };
  if (smoke) return;
  say(targetTable(results));
  if (save) saveResults(results);
  const missed = targets(results).filter((target) => !isMet(target));
  for (const { name, bound, measured } of missed)
    console.error(`missed: ${name}: ${measured.toFixed(3)}, the target is ${bound}`);
  if (check && missed.length > 0) process.exitCode = 1;
}

function saveResults(results: Results): void {
  const folder = path.join(__dirname, "results");
  const { core, inference, run, scale, flat, aws, gcp, azure } = results;
  const machine = `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`;
  const page = [
    "# Benchmark results",
    "Written by `npm run bench -- --save`. Every ratio is Sluice's speed divided by the other's in the same run: above 1, Sluice is faster. Medians of interleaved rounds.",
    `Measured on ${machine}.`,
    "## The core",
    "The whole handler on one batch in memory: base64 and JSON in, 16 features, a small neural network in process, rows to a store that keeps nothing, partial-failure answer out.",
    coreTable(core),
    "## Inference",
    inferenceTable(inference),
    "## The embedded platform",
    "The card-fraud example. `sluice run` generates the events, appends them to the log, scores and stores them; the bare append writes the same rows to a plain SQLite table.",
    localTable(run, scale, flat),
    "## AWS",
    "The bundled function in a process of its own, with the model, against an emulated DynamoDB. Times from the start of Node; ratios are ours divided by the other's, so below 1 Sluice is faster.",
    awsTable(aws),
    "## Google Cloud",
    "The bundled function without its model against the client libraries that it does without (Pub/Sub, Firestore, BigQuery); one-event messages before an endpoint of 10 ms; Firestore emulated.",
    gcpTable(gcp),
    "## Azure",
    "The bundled function without its model against the SDKs that it does without (Functions, Cosmos DB, Blob and Queue Storage, Identity), with its own @azure/functions in it; documents to a service that takes 5 ms for any request.",
    azureTable(azure),
    "## Targets",
    targetTable(results),
  ];
  writeFileSync(path.join(folder, "README.md"), `${page.join("\n\n")}\n`);
  writeFileSync(path.join(folder, "latest.json"), `${JSON.stringify({ machine, ...results }, undefined, 2)}\n`);
}

function say(text: string): void {
  console.log(`${text}\n`);
}

void program.parseAsync();
