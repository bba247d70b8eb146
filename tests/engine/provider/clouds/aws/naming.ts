import type { Properties } from "../../values";
import type { Naming } from "../dialect";

const DASHED = { separator: "-", random: 7 };

/** Where the provider's own names differ from "name, a dash, seven hex digits, at most 255 characters": pulumi-aws, provider/resource_overrides.go. */
const EXCEPTIONS: Readonly<Record<string, Naming>> = {
  "aws:iam/role:Role": { ...DASHED, property: "name", maxLength: 64 },
  "aws:kms/alias:Alias": {
    ...DASHED,
    property: "name",
    maxLength: 238,
    after: (name) => (name.startsWith("alias/") ? name : `alias/${name}`),
  },
  "aws:lambda/function:Function": { ...DASHED, property: "name", maxLength: 64 },
  "aws:s3/bucket:Bucket": {
    ...DASHED,
    property: "bucket",
    maxLength: 63,
    before: (name) => name.toLowerCase(),
  },
  "aws:s3/bucketObjectv2:BucketObjectv2": { property: "key", separator: "", random: 0, maxLength: 1024 },
  "aws:sns/topic:Topic": { ...DASHED, property: "name", maxLength: 80 },
  "aws:sqs/queue:Queue": { ...DASHED, property: "name", maxLength: 80 },
};

const FIFO: Readonly<Record<string, string>> = {
  "aws:sns/topic:Topic": "fifoTopic",
  "aws:sqs/queue:Queue": "fifoQueue",
};

/** How AWS's provider names a resource of this type; `usual` is how it names most. */
export function namingOf(type: string, inputs: Properties, usual: Naming | undefined): Naming | undefined {
  const naming = EXCEPTIONS[type] ?? usual;
  const fifo = FIFO[type];
  if (!naming || fifo === undefined || inputs[fifo] !== true) return naming;
  return { ...naming, after: (name) => `${name}.fifo` };
}
