import { RunError } from "@pulumi/pulumi/errors";
import { getProject, getStack } from "@pulumi/pulumi/metadata";
import { allConfig } from "@pulumi/pulumi/runtime/config";
import { ConfigError } from "../shared/errors";
import { type Cloud, chooseCloud } from "./config/cloud";
import { ConfigProblems } from "./config/problems";
import type { RawConfig } from "./config/read";
import type { StackName } from "./naming";
import type { PendingOutputs } from "./outputs";

/**
 * The Pulumi program. It is assigned and not exported as default: a CommonJS program's default export is never called,
 * and a program without resources deletes all of them.
 */
module.exports = async (): Promise<PendingOutputs> => {
  try {
    return await deploy({ project: getProject(), stack: getStack() }, allConfig());
  } catch (thrown) {
    // Told as one message, without a stack; anything else is a mistake of ours and shows where.
    if (thrown instanceof ConfigProblems || thrown instanceof ConfigError) throw new RunError(thrown.message);
    throw thrown;
  }
};

/** Each loads the SDK of its own cloud. */
const STACKS: Record<Cloud, () => Promise<{ deploy(name: StackName, raw: RawConfig): Promise<PendingOutputs> }>> = {
  aws: () => import("./aws"),
  gcp: () => import("./gcp"),
  azure: () => import("./azure"),
};

async function deploy(name: StackName, raw: RawConfig): Promise<PendingOutputs> {
  const stack = await STACKS[chooseCloud(name, raw)]();
  return stack.deploy(name, raw);
}
