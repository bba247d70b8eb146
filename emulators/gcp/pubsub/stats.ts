import type { BacklogCounts } from "./backlog";
import type { Broker } from "./broker";

/** Sums over all subscriptions. */
export interface PubSubStats extends Readonly<BacklogCounts> {
  readonly unacked: number;
}

export function statsOf(broker: Broker): PubSubStats {
  const sum = { delivered: 0, acked: 0, nacked: 0, expired: 0, deadLettered: 0, discarded: 0, unacked: 0 };
  for (const { backlog } of broker.subscriptions()) {
    sum.unacked += backlog.unacked;
    for (const [name, count] of Object.entries(backlog.counts)) sum[name as keyof BacklogCounts] += count;
  }
  return sum;
}
