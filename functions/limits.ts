import type { DeadLetterCapabilities } from "../shared/capabilities";
import { ConfigError } from "../shared/errors";
import type { Pipeline } from "../shared/pipeline";

/**
 * What a function takes, it must be able to keep.
 * @param reason Of the limit, for whoever has to lower it.
 * @throws ConfigError if the pipeline takes longer events.
 */
export function checkLimits({ name, limits }: Pipeline, letters: DeadLetterCapabilities, reason: string): void {
  if (limits.maxEventBytes <= letters.maxEventBytes) return;
  throw new ConfigError(
    `\`limits.maxEventBytes\` is ${limits.maxEventBytes}, and a dead letter holds at most ${letters.maxEventBytes}.`,
    `pipeline ${JSON.stringify(name)}`,
    `Lower the limit: ${reason}`,
  );
}
