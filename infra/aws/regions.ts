import { ConfigError } from "../../shared/errors";
import { nearest } from "../config/nearest";
import type { RawConfig } from "../config/read";

/** What differs between Amazon's separate clouds: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export interface Partition {
  /** Second part of every ARN. */
  id: string;
  console: string;
}

const PARTITIONS: readonly (readonly [prefix: string, partition: Partition])[] = [
  ["cn-", { id: "aws-cn", console: "console.amazonaws.cn" }],
  ["us-gov-", { id: "aws-us-gov", console: "console.amazonaws-us-gov.com" }],
  ["", { id: "aws", console: "console.aws.amazon.com" }],
];

const AREAS = ["us", "eu", "ap", "ca", "sa", "me", "af", "il", "mx", "cn", "us-gov"];
const SIDES = "north|south|east|west|central|northeast|northwest|southeast|southwest";
const REGION = new RegExp(`^(?:${AREAS.join("|")})-(?:${SIDES})-[1-9]$`);

/** Only to tell what a mistyped name most likely means; any name of the right form is taken. */
const WELL_KNOWN = [
  ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
  ...["eu-central-1", "eu-central-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1"],
  ...["ap-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2"],
];

export function partitionOf(region: string): Partition {
  const [, partition] = PARTITIONS.find(([prefix]) => region.startsWith(prefix))!;
  return partition;
}

/** What is wrong with the region, if anything. It comes from the configuration alone: two machines must not deploy to two places. */
export function checkRegion(raw: RawConfig): ConfigError[] {
  const region = raw["aws:region"];
  if (region !== undefined && REGION.test(region)) return [];
  const meant = region === undefined ? undefined : nearest(region, WELL_KNOWN);
  return [
    new ConfigError(
      region === undefined ? "it is missing." : `${JSON.stringify(region)} is not a region of AWS.`,
      "aws:region",
      meant ? `Did you mean \`aws:region: ${meant}\`?` : "Write `aws:region: us-east-1`, for example.",
    ),
  ];
}
