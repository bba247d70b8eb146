import { describe, expect, it } from "@jest/globals";
import { checkPlace } from "../../../../infra/gcp/regions";

const PROJECT = { "gcp:project": "my-project-123" };
const REGION = { "gcp:region": "us-central1" };

describe("the region", () => {
  it.each([
    "us-central1",
    "europe-west12",
    "northamerica-northeast2",
    "me-central2",
    "asia-southeast1",
    "africa-south1",
  ])("may be %s", (region) => {
    expect(checkPlace({ ...PROJECT, "gcp:region": region })).toEqual([]);
  });

  it.each([
    ["us-centrl1", "Did you mean `gcp:region: us-central1`?"],
    ["us-east-1", "Did you mean `gcp:region: us-east1`?"],
    ["europe-west4-a", "Did you mean `gcp:region: europe-west4`?"],
    ["frankfurt", "Write `gcp:region: us-central1`, for example."],
    ["US", "Write `gcp:region: us-central1`, for example."],
    ["", "Write `gcp:region: us-central1`, for example."],
  ])("may not be %j", (region, fix) => {
    const [found] = checkPlace({ ...PROJECT, "gcp:region": region });

    expect(found?.message).toBe(`gcp:region: ${JSON.stringify(region)} is not a region of Google Cloud. ${fix}`);
  });

  it("must be in the configuration: the environment's would differ from machine to machine", () => {
    const [found] = checkPlace(PROJECT);

    expect(found?.message).toBe("gcp:region: it is missing. Write `gcp:region: us-central1`, for example.");
  });
});

describe("the project", () => {
  it.each(["abcdef", "my-project-123", `p${"0".repeat(29)}`])("may be %s", (project) => {
    expect(checkPlace({ ...REGION, "gcp:project": project })).toEqual([]);
  });

  it.each(["", "My Project", "123456789012", "short", "ends-with-", `p${"0".repeat(30)}`])(
    "may not be %j",
    (project) => {
      const [found] = checkPlace({ ...REGION, "gcp:project": project });

      expect(found?.message).toMatch(
        /^gcp:project: ".*" is not the id of a project\. Write `gcp:project: my-project-123`/,
      );
    },
  );

  it("must be in the configuration, and is told together with the region", () => {
    const found = checkPlace({}).map(({ where, what }) => `${where}: ${what}`);

    expect(found).toEqual(["gcp:project: it is missing.", "gcp:region: it is missing."]);
  });
});
