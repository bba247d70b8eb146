import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import type { Workspace } from "./workspace";

/** What a command of the CLI did. */
export interface Outcome {
  code: number;
  ms: number;
  /** Everything that was printed, for a failing test's message. */
  text: string;
  /** One per resource and operation, in the engine's order. */
  steps: readonly Step[];
  /** Error messages, without colors. */
  errors: readonly string[];
  warnings: readonly string[];
}

export interface Step {
  /** `create`, `update`, `same`, `replace`, `create-replacement`, `delete-replaced`, `delete`, `refresh`, ... */
  op: string;
  urn: string;
  type: string;
  /** The resource's name in the program. */
  name: string;
  /** Paths of the inputs that differ. */
  changed: readonly string[];
  /** Top-level inputs because of which the resource is replaced. */
  replacedBy: readonly string[];
}

/** A resource in the stack's state. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  custom: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

export interface Pulumi {
  /** Makes the stack. */
  init(): Promise<void>;
  preview(...flags: string[]): Promise<Outcome>;
  up(): Promise<Outcome>;
  refresh(...flags: string[]): Promise<Outcome>;
  destroy(): Promise<Outcome>;
  state(): Promise<StateResource[]>;
  outputs(): Promise<Record<string, unknown>>;
}

/** The CLI at work on one stack of a workspace. */
export function openPulumi(cli: string, workspace: Workspace, stack: string): Pulumi {
  const run = (args: readonly string[]) => execute(cli, args, workspace);

  const operate = async (command: string, flags: readonly string[]): Promise<Outcome> => {
    const log = path.join(workspace.folder, "..", "events.jsonl");
    rmSync(log, { force: true });
    const { code, ms, output, errors } = await run([
      command,
      ...["--stack", stack, "--non-interactive", "--color", "never", "--event-log", log],
      ...flags,
    ]);
    return { code, ms, text: `${output}\n${errors}`, ...readEvents(log) };
  };

  const read = async <Value>(args: readonly string[]): Promise<Value> => {
    const { code, output, errors } = await run([...args, "--stack", stack]);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} failed: ${errors}`);
    return JSON.parse(output) as Value;
  };

  return {
    async init() {
      const { code, errors } = await run(["stack", "init", stack, "--non-interactive"]);
      if (code !== 0) throw new Error(`pulumi stack init failed: ${errors}`);
    },
    preview: (...flags) => operate("preview", flags),
    up: () => operate("up", ["--yes", "--skip-preview"]),
    refresh: (...flags) => operate("refresh", ["--yes", "--skip-preview", ...flags]),
    destroy: () => operate("destroy", ["--yes", "--skip-preview"]),
    state: async () =>
      (await read<{ deployment: { resources?: StateResource[] } }>(["stack", "export"])).deployment.resources ?? [],
    outputs: () => read(["stack", "output", "--json"]),
  };
}

interface Execution {
  code: number;
  ms: number;
  output: string;
  errors: string;
}

function execute(cli: string, args: readonly string[], { folder, environment }: Workspace): Promise<Execution> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(cli, args, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code: code ?? -1, ms: performance.now() - started, output, errors });
    });
  });
}

/** The engine's events, as far as the tests look at them. */
interface EngineEvent {
  resourcePreEvent?: {
    metadata: {
      op: string;
      urn: string;
      type: string;
      keys?: string[] | null;
      diffs?: string[] | null;
      detailedDiff?: Record<string, unknown> | null;
    };
  };
  diagnosticEvent?: { message: string; severity: string };
}

function readEvents(log: string): Pick<Outcome, "steps" | "errors" | "warnings"> {
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  const events = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent);
  const told = (severity: string) =>
    events.flatMap(({ diagnosticEvent: event }) =>
      event?.severity === severity ? [event.message.replace(/<\{%[^%]*%\}>/g, "").trim()] : [],
    );
  const steps = events.flatMap(({ resourcePreEvent: event }) => (event ? [stepOf(event.metadata)] : []));
  return { steps, errors: told("error"), warnings: told("warning") };
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

function stepOf({ op, urn, type, keys, diffs, detailedDiff }: Metadata): Step {
  return {
    op,
    urn,
    type,
    name: urn.split("::").pop()!,
    changed: Object.keys(detailedDiff ?? {}).length > 0 ? Object.keys(detailedDiff ?? {}).sort() : (diffs ?? []),
    replacedBy: [...(keys ?? [])].sort(),
  };
}
