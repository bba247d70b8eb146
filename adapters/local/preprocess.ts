import type { Delivery } from "../../shared/delivery";
import { SluiceError } from "../../shared/errors";
import type { Preprocess } from "../../shared/ports";
import type { Claim, Consumer } from "./consumer";

/**
 * Hands a claim to the engine and commits its outcome: the checkpoint moves up to the first message that must come again.
 * `answer` throws SluiceError `lease-lost` if the partition has gone to another worker meanwhile.
 */
export function localPreprocess(consumer: Consumer): Preprocess<Claim, void> {
  const claims = new WeakMap<Delivery, Claim>();

  return {
    capabilities: { checkpoint: "lowest-failure", ordering: "per-key", countsDeliveries: true },
    receive: (claim) => {
      const delivery: Delivery = {
        source: consumer.source,
        partition: String(claim.partition),
        messages: claim.messages,
        ordered: true,
        attempt: claim.attempt,
        // The log waits for ever.
        lastAttempt: false,
      };
      claims.set(delivery, claim);
      return delivery;
    },
    answer: (delivery, outcome) => {
      const claim = claims.get(delivery);
      if (!claim) throw new SluiceError("internal", "preprocess", "this delivery was not received here");
      consumer.checkpoint(claim, outcome.firstRetry === -1 ? claim.messages.length : outcome.firstRetry);
    },
  };
}
