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
  /** Undefined: the provider decides. */
  deleteBeforeReplace: boolean | undefined;
  ignoreChanges: string[];
  /** Logical names of what must be there first. */
  dependsOn: string[];
}

export const ACCOUNT = "123456789012";
export const REGION = "us-east-1";

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getDeletebeforereplacedefined(): boolean;
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
}

let recorded: Recorded[] = [];
let inputs = new Map<string, unknown>();

runtime.setMocks(
  {
    newResource: ({ type, name, inputs: given }) => {
      inputs.set(`${type}/${name}`, given);
      return { id: `${name}-id`, state: { ...outputsOf(type, name), ...given } };
    },
    call: () => ({ accountId: ACCOUNT }),
  },
  "sluice",
  "aws",
  false,
);
recordOptions();

/** Runs a program and gives back what it registered, and its result. */
export async function record<Result>(
  program: () => Result | Promise<Result>,
): Promise<{ resources: Recorded[]; result: Result }> {
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
}

/** The SDK's mocks hide a resource's options, so they are taken from the request itself. */
function recordOptions(): void {
  const monitor = getMonitor() as unknown as { registerResource(request: Request, callback: unknown): Promise<void> };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    recorded.push({
      type: request.getType(),
      name: request.getName(),
      inputs: undefined,
      parent: request.getParent(),
      protect: request.getProtect(),
      deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
      ignoreChanges: request.getIgnorechangesList(),
      dependsOn: request.getDependenciesList().map((urn) => urn.slice(urn.lastIndexOf("::") + 2)),
    });
    return register(request, callback);
  };
}

/** What the service would add, where the program reads it. */
function outputsOf(type: string, name: string): Record<string, string> {
  const [, module = ""] = type.split(":");
  const service = module.split("/")[0] ?? "";
  const arn = `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;
  return { arn, name, bucket: name, keyId: `${name}-key-id`, uuid: `${name}-uuid`, version: "7" };
}
