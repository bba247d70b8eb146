import { describe, expect, it } from "@jest/globals";
import { checkRegion, partitionOf } from "../../../../infra/aws/regions";

describe("the region", () => {
  it.each([
    "us-east-1",
    "eu-central-2",
    "ap-southeast-5",
    "us-gov-west-1",
    "cn-north-1",
    "il-central-1",
    "mx-central-1",
  ])("may be %s", (region) => {
    expect(checkRegion({ "aws:region": region })).toEqual([]);
  });

  it.each([
    ["us-est-1", "Did you mean `aws:region: us-east-1`?"],
    ["eu-centrl-1", "Did you mean `aws:region: eu-central-1`?"],
    ["frankfurt", "Write `aws:region: us-east-1`, for example."],
    ["us-east-1a", "Did you mean `aws:region: us-east-1`?"],
    ["", "Write `aws:region: us-east-1`, for example."],
  ])("may not be %j", (region, fix) => {
    const [found] = checkRegion({ "aws:region": region });

    expect(found?.message).toBe(`aws:region: ${JSON.stringify(region)} is not a region of AWS. ${fix}`);
  });

  it("must be in the configuration: the environment's would differ from machine to machine", () => {
    const [found] = checkRegion({});

    expect(found?.message).toBe("aws:region: it is missing. Write `aws:region: us-east-1`, for example.");
  });

  it.each([
    ["eu-west-1", "aws"],
    ["cn-north-1", "aws-cn"],
    ["us-gov-east-1", "aws-us-gov"],
  ])("%s is in partition %s", (region, id) => {
    expect(partitionOf(region).id).toBe(id);
  });
});
