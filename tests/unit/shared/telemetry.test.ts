import { describe, expect, it } from "@jest/globals";
import { silent, TIMED_STAGES } from "../../../shared/telemetry";

describe("telemetry", () => {
  it("names the timed stages in the order a batch goes through them", () => {
    expect(TIMED_STAGES).toEqual(["decode", "infer", "store", "actions", "deadletter"]);
  });

  it("can be silent", () => {
    expect(silent({ type: "breaker", stage: "store", state: "open" })).toBeUndefined();
  });
});
