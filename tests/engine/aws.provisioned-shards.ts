import assert from "node:assert/strict";
import { AWS, FIREHOSE, MAPPING, POLICY, PROVISIONED, STREAM } from "./aws-stack";
import { inCloud, theOnly } from "./expect";
import { change, liveThrough } from "./lifecycle";
import type { Bench, Scenario } from "./scenario";

/** A stream of two shards, functions kept warm in a fixed number, no archive, the stack's own key, access logs. */
export const scenario: Scenario = {
  cloud: "aws",
  name: "aws provisioned shards",

  async run(bench) {
    await liveThrough(bench, {
      ...AWS,
      config: {
        streamMode: "provisioned",
        shards: 2,
        provisionedConcurrency: 2,
        archive: false,
        customerManagedKey: true,
        accessLogBucket: "my-access-logs",
      },
      has: [PROVISIONED, "aws:s3/bucketLogging:BucketLogging"],
      hasNot: [FIREHOSE, POLICY],
      outputs: { archive: /^$/ },
      more: addShards,
    });
  },
};

/** More shards come in place: a stream that is replaced would lose what it keeps, and the mapping its checkpoint. */
async function addShards(bench: Bench): Promise<void> {
  const before = inCloud(await bench.pulumi.state());
  await change(bench, "shards", {
    make: (workspace) => workspace.configure({ shards: 4 }),
    updates: { [STREAM]: ["shardCount"], "aws:lambda/function:Function": ["reservedConcurrentExecutions"] },
  });
  const after = inCloud(await bench.pulumi.state());
  for (const type of [STREAM, MAPPING]) assert.equal(theOnly(after, type).id, theOnly(before, type).id);
}
