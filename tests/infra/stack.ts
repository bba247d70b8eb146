import { output, type Unwrap } from "@pulumi/pulumi";
import type { Pipeline } from "sluice";
import type * as z from "zod";
import { readConfig } from "../../infra/config/read";
import type { StackName } from "../../infra/naming";
import type { PendingOutputs } from "../../infra/outputs";
import type { Recorded, Recorder } from "./recorder";

/** What a cloud's program registered. */
export interface Stack {
  resources: Recorded[];
  outputs: Unwrap<PendingOutputs>;
  /** The one resource of a logical name, without the stack's own prefix. */
  get(name: string): Recorded;
  /** Logical names without the prefix, sorted. */
  names: string[];
}

/** A configuration, without cloud and namespace. */
export type Given = Readonly<Record<string, string>>;

interface Changes<Transforms> {
  transform?: Transforms | undefined;
  hasActions?: boolean;
}

/** What every cloud's component takes. */
export interface StackArgs<Schema extends z.ZodObject, Transforms> {
  name: StackName;
  config: z.output<Schema>;
  pipeline: Pick<Pipeline, "name" | "actions">;
  transform: Transforms | undefined;
}

export interface StacksOptions<Schema extends z.ZodObject, Transforms> {
  cloud: string;
  config: Schema;
  record: Recorder;
  /** Makes the cloud's component. */
  open(logicalName: string, args: StackArgs<Schema, Transforms>): { outputs: PendingOutputs };
}

/** Gives the stack of a configuration. Only tests with changes of their own make a new one. */
export function stacksOf<Schema extends z.ZodObject, Transforms>(
  options: StacksOptions<Schema, Transforms>,
): (given: Given, changes?: Changes<Transforms>) => Promise<Stack> {
  const plain = new Map<string, Promise<Stack>>();
  return (given, changes) => {
    if (changes) return register(options, given, changes);
    const name = JSON.stringify(given);
    const stack = plain.get(name) ?? register(options, given, {});
    plain.set(name, stack);
    return stack;
  };
}

/** What the stacks of several configurations put out. */
export async function outputsOf(
  stackOf: (given: Given) => Promise<Stack>,
  configurations: Readonly<Record<string, Given>>,
): Promise<Stack["outputs"][]> {
  const all: Stack["outputs"][] = [];
  // One after the other: they share a recorder.
  for (const given of Object.values(configurations)) all.push((await stackOf(given)).outputs);
  return all;
}

async function register<Schema extends z.ZodObject, Transforms>(
  { cloud, config: schema, record, open }: StacksOptions<Schema, Transforms>,
  given: Given,
  { transform, hasActions = true }: Changes<Transforms>,
): Promise<Stack> {
  const keys = Object.entries({ cloud, ...given }).map(([key, text]) => [`sluice:${key}`, text]);
  const { config, problems = [] } = readConfig(schema, Object.fromEntries(keys));
  if (config === undefined) throw problems[0];
  const name = { project: "sluice", stack: cloud };
  const pipeline = { name: "card-fraud", actions: hasActions ? [{ name: "block", when: () => true }] : [] };
  const { resources, result } = await record(() =>
    open(`sluice-${cloud}-pipeline`, { name, config, pipeline, transform }),
  );
  const inner = resources.filter(({ type }) => type !== `sluice:${cloud}:Pipeline`);
  const prefix = `sluice-${cloud}-`;
  return {
    resources: inner,
    outputs: await promiseOf(result.outputs),
    get: (name) => {
      const found = inner.find((one) => one.name === prefix + name);
      if (!found) throw new Error(`no ${name} among ${inner.map((one) => one.name).join(", ")}`);
      return found;
    },
    names: inner.map(({ name }) => (name.startsWith(prefix) ? name.slice(prefix.length) : name)).sort(),
  };
}

function promiseOf(outputs: PendingOutputs): Promise<Unwrap<PendingOutputs>> {
  return new Promise((resolve) => output(outputs).apply(resolve));
}
