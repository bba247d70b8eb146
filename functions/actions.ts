import { ConfigError } from "../shared/errors";
import type { Pipeline } from "../shared/pipeline";
import type { Actions } from "../shared/ports";
import { lazyActions } from "./lazy";

/**
 * The actions of a pipeline that has any; their adapter is loaded at the first action.
 * @param target Where they go, as the deployment names it.
 * @param missing What to say if it does not.
 * @throws ConfigError if it does not, and the pipeline has actions.
 */
export function openActions(
  { name, actions }: Pipeline,
  target: string | undefined,
  missing: string,
  load: (target: string) => Promise<Actions>,
): Actions | undefined {
  if (actions.length === 0) return undefined;
  if (target === undefined)
    throw new ConfigError(
      `the pipeline has actions, and ${missing} for them.`,
      `pipeline ${JSON.stringify(name)}`,
      "Deploy again: the stack makes one for a pipeline with actions.",
    );
  return lazyActions(() => load(target));
}
