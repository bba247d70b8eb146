import type {
  DeadLetterCapabilities,
  InferCapabilities,
  IngestCapabilities,
  PreprocessCapabilities,
  StoreCapabilities,
} from "../../shared/capabilities";
import { table } from "./markdown";
import type { Platform } from "./platforms";

/** A row for each field: a capability that is new does not compile until it has one. */
type Words<Capabilities> = {
  [Field in keyof Capabilities]-?: [title: string, say: (value: Capabilities[Field]) => string];
};

const order = choice({ "per-key": "kept", none: "not kept" });

const ingest: Words<IngestCapabilities> = {
  ordering: ["order of a key's events", order],
  idempotentProducer: ["a publish that is repeated", either("is stored once", "is stored again")],
  maxEventBytes: ["longest event", size],
};

const preprocess: Words<PreprocessCapabilities> = {
  checkpoint: [
    "what comes again after a failure",
    choice({
      "lowest-failure": "all from the first failed message",
      "per-message": "the failed messages",
      "always-advances": "all from the first failed message, until the retries end",
    }),
  ],
  ordering: ["order of a batch", order],
  countsDeliveries: ["how often a message has come", either("known", "not known")],
};

const infer: Words<InferCapabilities> = {
  where: ["where the model runs", choice({ "in-process": "in process", endpoint: "behind an endpoint" })],
  maxRows: ["most rows in a call", count],
  maxRequestBytes: ["longest request", size],
};

const store: Words<StoreCapabilities> = {
  idempotency: [
    "an id that is written again",
    choice({ "first-wins": "changes nothing", overwrite: "overwrites the same row" }),
  ],
  reportsDuplicates: ["duplicates", either("reported", "not reported")],
  query: ["queries", either("yes", "no")],
};

const deadLetters: Words<DeadLetterCapabilities> = {
  payload: ["original bytes", either("kept", "not kept")],
  maxEventBytes: ["longest event", size],
};

/** What each platform's adapters declare, in plain words. */
export function declaredTable(platforms: readonly Platform[]): string {
  const declared = platforms.map((platform) => platform.declared);
  const header = ["stage", "capability", ...platforms.map(({ name }) => name)];
  return table(header, [
    ...rows(
      "ingest",
      ingest,
      declared.map((one) => [one.ingest]),
    ),
    ...rows(
      "preprocess",
      preprocess,
      declared.map((one) => [one.preprocess]),
    ),
    ...rows(
      "infer",
      infer,
      declared.map((one) => one.infer),
    ),
    ...rows(
      "store",
      store,
      declared.map((one) => [one.store]),
    ),
    ...rows(
      "dead letters",
      deadLetters,
      declared.map((one) => [one.deadLetters]),
    ),
  ]);
}

function rows<Capabilities extends object>(
  stage: string,
  words: Words<Capabilities>,
  platforms: readonly (readonly Capabilities[])[],
): string[][] {
  return (Object.keys(words) as (keyof Capabilities)[]).map((field) => {
    const [title, say] = words[field];
    const cell = (ways: readonly Capabilities[]) => [...new Set(ways.map((way) => say(way[field])))].join(", or ");
    return [stage, title, ...platforms.map(cell)];
  });
}

function choice<Value extends string>(words: Record<Value, string>): (value: Value) => string {
  return (value) => words[value];
}

function either(yes: string, no: string): (value: boolean) => string {
  return (value) => (value ? yes : no);
}

function count(value: number): string {
  return value === Number.MAX_SAFE_INTEGER ? "any number" : value.toLocaleString("en-US");
}

function size(bytes: number | undefined): string {
  if (bytes === undefined) return "any length";
  if (bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20} MiB`;
  return bytes % 2 ** 10 === 0 ? `${bytes / 2 ** 10} KiB` : `${bytes.toLocaleString("en-US")} bytes`;
}
