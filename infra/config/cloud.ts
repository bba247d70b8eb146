import * as z from "zod";
import type { StackName } from "../naming";
import { type CLOUDS, commonKeys } from "./common";
import { ConfigProblems } from "./problems";
import { type RawConfig, readConfig } from "./read";

const cloudKey = z.object({ cloud: commonKeys.cloud });

export type Cloud = (typeof CLOUDS)[number];

/**
 * The cloud that the stack is on.
 * @throws ConfigProblems if the configuration names none.
 */
export function chooseCloud({ stack }: StackName, raw: RawConfig): Cloud {
  const { config, problems } = readConfig(cloudKey, raw);
  if (config === undefined) throw new ConfigProblems(problems, stack);
  return config.cloud;
}
