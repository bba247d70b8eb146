import type { Clock } from "../shared/clock";
import type { Engine } from "../shared/engine";
import { ConfigError } from "../shared/errors";
import type { ModelInfo } from "../shared/ports";

/**
 * An instance takes no requests while it starts, and somebody waits for it: no longer than for an endpoint's cold start.
 * Lambda ends a start after 10 s and begins again: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
const WARM_UP_MS = 5_000;

/**
 * Gets the model ready. A model that is not there in time, such as an endpoint that is starting, is left to the first batch.
 * @throws ConfigError if the model does not fit the pipeline.
 */
export async function warmUp(engine: Engine, clock: Clock): Promise<ModelInfo | undefined> {
  const waiting = new AbortController();
  const warm = engine.warmUp().catch((thrown: unknown) => {
    if (thrown instanceof ConfigError) throw thrown;
    return undefined;
  });
  const enough = clock.sleep(WARM_UP_MS, waiting.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([warm, enough]);
  } finally {
    waiting.abort();
  }
}
