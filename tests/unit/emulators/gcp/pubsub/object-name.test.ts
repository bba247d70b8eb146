import { describe, expect, it } from "@jest/globals";
import { checkDatetimeFormat, objectName } from "../../../../../emulators/gcp/pubsub/object-name";

const NOW = Date.UTC(2023, 8, 25, 4, 10, 7);

describe("the name of an exported object", () => {
  // The examples of https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription#file_names
  it.each([
    [undefined, "prod_2023-09-25T04:10:07+00:00_unique_archive"],
    ["YYYY-MM-DD/hh_mm_ssZ", "prod_2023-09-25/04_10_07Z_unique_archive"],
    ["YYYY-MM-DDThh_mm_ss-", "prod_2023-09-25T04_10_07-unique_archive"],
    ["YY/MM/DD/hh/mm/ss/", "prod_23/09/25/04/10/07/unique_archive"],
  ])("by the format %p is %p", (filenameDatetimeFormat, expected) => {
    const config = { bucket: "b", filenamePrefix: "prod_", filenameSuffix: "_archive", filenameDatetimeFormat };

    expect(objectName(config, NOW, "unique")).toBe(expected);
  });

  it.each(["YYYY-MM-DD", "YY-YYYY-MM-DD/hh_mm_ss", "YYYY-MMM-DD/hh_mm_ss", "YYYY.MM.DD/hh_mm_ss", "now"])(
    "has no format %p",
    (format) => {
      expect(() => checkDatetimeFormat(format)).toThrow(expect.objectContaining({ status: "INVALID_ARGUMENT" }));
    },
  );
});
