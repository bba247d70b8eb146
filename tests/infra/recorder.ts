import { runtime } from "@pulumi/pulumi";
import * as settings from "@pulumi/pulumi/runtime/settings";

/** Not in the SDK's types. Nothing else waits until a component's children are registered (pulumi/pulumi#6666). */
const { getMonitor, waitForRPCs } = settings as typeof settings & { waitForRPCs(): Promise<void> };

/** A resource as the program registered it. */
export interface Recorded {
  type: string;
  /** Logical name. */
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  inputs: any;
  parent: string;
  protect: boolean;
  retainOnDelete: boolean;
  /** Of its creation, as given; empty: the provider's own. */
  timeout: string;
  /** Undefined: the provider decides. */
  deleteBeforeReplace: boolean | undefined;
  ignoreChanges: string[];
  /** Logical names of what must be there first. */
  dependsOn: string[];
}

type Inputs = Record<string, unknown>;

export interface RecorderOptions {
  stack: string;
  /** What a resource is once it is there: what it was given, and what the service adds. `id` is the engine's own, unless it is here. */
  stateOf(type: string, name: string, given: Inputs): Inputs;
  /** The answer to a look-up. Default: there must be none. */
  call?: (token: string) => Inputs;
}

/** Runs a program and gives back what it registered, and its result. */
export type Recorder = <Result>(
  program: () => Result | Promise<Result>,
) => Promise<{ resources: Recorded[]; result: Result }>;

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getCustomtimeouts(): { getCreate(): string } | undefined;
  getDeletebeforereplace(): boolean;
  getDeletebeforereplacedefined(): boolean;
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
}

/** Stands in for the engine of one Jest file. */
export function openRecorder({ stack, stateOf, call = noCall }: RecorderOptions): Recorder {
  let recorded: Recorded[] = [];
  let inputs = new Map<string, unknown>();

  runtime.setMocks(
    {
      newResource: ({ type, name, inputs: given }) => {
        inputs.set(`${type}/${name}`, given);
        const { id = `${name}-id`, ...state } = stateOf(type, name, given);
        return { id: String(id), state };
      },
      call: ({ token }) => call(token),
    },
    "sluice",
    stack,
    false,
  );
  recordOptions((one) => recorded.push(one));

  return async (program) => {
    recorded = [];
    inputs = new Map();
    const { stackTraceLimit } = Error;
    // The SDK notes a stack for every promise; with source maps that is nine tenths of the time.
    Error.stackTraceLimit = 0;
    const result = await program();
    await waitForRPCs();
    Error.stackTraceLimit = stackTraceLimit;
    const resources = recorded.map((one) => ({ ...one, inputs: inputs.get(`${one.type}/${one.name}`) }));
    return { resources, result };
  };
}

/** The SDK's mocks hide a resource's options, so they are taken from the request itself. */
function recordOptions(note: (one: Recorded) => void): void {
  const monitor = getMonitor() as unknown as { registerResource(request: Request, callback: unknown): Promise<void> };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    note({
      type: request.getType(),
      name: request.getName(),
      inputs: undefined,
      parent: request.getParent(),
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      timeout: request.getCustomtimeouts()?.getCreate() ?? "",
      deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
      ignoreChanges: request.getIgnorechangesList(),
      dependsOn: request.getDependenciesList().map((urn) => urn.slice(urn.lastIndexOf("::") + 2)),
    });
    return register(request, callback);
  };
}

function noCall(token: string): never {
  throw new Error(`the program looks up ${token}`);
}
