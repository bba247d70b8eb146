import { type Demands, endpointless, type Rule } from "./rules";

/** Keys that most clouds have, and what they must not say. */

interface ModelServers {
  endpointMinInstances?: number | undefined;
  endpointMaxInstances?: number | undefined;
}

/** How many model servers there are, unless the configuration says it: the most follow the fewest. */
export function modelServers(
  { endpointMinInstances: min, endpointMaxInstances: max }: ModelServers,
  usual: { min: number; max: number },
): { minInstances: number; maxInstances: number } {
  return { minInstances: min ?? usual.min, maxInstances: max ?? Math.max(usual.max, min ?? 0) };
}

export function modelServersRule(servers: { minInstances: number; maxInstances: number }): Rule<ModelServers> {
  return [
    servers.minInstances > servers.maxInstances,
    "endpointMinInstances",
    `${servers.minInstances} is more than the ${servers.maxInstances} of \`endpointMaxInstances\`.`,
    "Lower it, or raise `endpointMaxInstances`.",
  ];
}

interface Instances {
  minInstances: number;
  maxInstances: number;
}

export function instancesRule({ minInstances, maxInstances }: Instances): Rule<Instances> {
  return [
    minInstances > maxInstances,
    "minInstances",
    `${minInstances} is more than the ${maxInstances} of \`maxInstances\`.`,
    "Lower it, or raise `maxInstances`.",
  ];
}

interface Backoff {
  minBackoffSeconds: number;
  maxBackoffSeconds: number;
}

export function backoffRule({ minBackoffSeconds, maxBackoffSeconds }: Backoff): Rule<Backoff> {
  return [
    maxBackoffSeconds < minBackoffSeconds,
    "maxBackoffSeconds",
    `${maxBackoffSeconds} is below \`minBackoffSeconds\` of ${minBackoffSeconds}.`,
    "Raise it.",
  ];
}

interface Image {
  modelImage?: string | undefined;
}

export function imageRule({ modelImage }: Image): Rule<Image> {
  return [
    modelImage === undefined,
    "modelImage",
    "an endpoint needs the image of the model server.",
    "Build and push it as functions/model-server/README.md says, and name it here.",
  ];
}

/**
 * Of a function with the model in it.
 * @param keys Of the endpoint, which there is none of.
 * @param leastMb That the model runs in.
 */
export function inProcessRules<Config extends { memoryMb?: number | undefined }>(
  config: Config,
  keys: readonly (keyof Config & string)[],
  memoryMb: number,
  leastMb: number,
): Rule<Config>[] {
  return [
    ...endpointless(config, keys),
    [
      memoryMb < leastMb,
      "memoryMb",
      `${memoryMb} is too little for a model in the function.`,
      `Raise it to ${leastMb} at least.`,
    ],
  ];
}

interface Protected {
  protect: boolean;
  forceDestroy: boolean;
}

export function protectionRule({ protect, forceDestroy }: Protected): Rule<Protected> {
  return [protect && forceDestroy, "forceDestroy", "it contradicts `protect`.", "Remove one of the two."];
}

/**
 * @param holder What an event must fit into.
 * @param elsewhere Where larger data can be.
 */
export function eventRule(
  { maxEventBytes }: Demands,
  mostBytes: number,
  holder: string,
  elsewhere: string,
): Rule<{ pipeline: string }> {
  return [
    maxEventBytes > mostBytes,
    "pipeline",
    `its \`limits.maxEventBytes\` of ${maxEventBytes} is more than ${holder} holds.`,
    `Lower it to ${mostBytes} at most; put larger data in ${elsewhere} and its address in the event.`,
  ];
}
