import * as z from "zod";
import type { StackName } from "../naming";
import { CLOUDS, commonKeys } from "./common";
import { ConfigProblems, problem } from "./problems";
import { type RawConfig, readConfig } from "./read";

const cloudKey = z.object({ cloud: commonKeys.cloud });

/** Clouds whose stack is there. */
const BUILT = ["aws", "gcp"] as const;

export type BuiltCloud = (typeof BUILT)[number];

/**
 * The cloud that the stack is on.
 * @throws ConfigProblems if the configuration names none, or one that is not built yet.
 */
export function chooseCloud({ stack }: StackName, raw: RawConfig): BuiltCloud {
  const { config, problems } = readConfig(cloudKey, raw);
  if (config === undefined) throw new ConfigProblems(problems, stack);
  const cloud = BUILT.find((name) => name === config.cloud);
  if (cloud !== undefined) return cloud;
  const others = CLOUDS.filter((name) => name !== config.cloud && BUILT.some((built) => built === name));
  throw new ConfigProblems(
    [problem("cloud", `the stack for ${config.cloud} is not built yet.`, `What is there: ${others.join(", ")}.`)],
    stack,
  );
}
