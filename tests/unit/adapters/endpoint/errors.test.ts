import { describe, expect, it } from "@jest/globals";
import type { ErrorCode } from "sluice";
import { STATUS_OF, serverError } from "../../../../adapters/endpoint";

const adapter = "test/infer";

describe("what a model server refuses", () => {
  it.each(Object.entries(STATUS_OF) as [ErrorCode, number][])(
    "as %s with status %i keeps its code and its words",
    (code, status) => {
      const body = JSON.stringify({ error: { code, message: "In the server's own words." } });

      const error = serverError({ status, body, adapter, coordinates: { endpoint: "fraud" }, retryAfterMs: 1_000 });

      expect(error).toMatchObject({
        code,
        stage: "infer",
        adapter,
        message: "In the server's own words.",
        coordinates: { endpoint: "fraud", modelStatus: status },
        retryAfterMs: 1_000,
      });
    },
  );

  it.each<[number, ErrorCode]>([
    [0, "timeout"],
    [400, "model-input"],
    [401, "credentials"],
    [403, "credentials"],
    [404, "unavailable"],
    [408, "timeout"],
    [413, "oversize"],
    [422, "model-input"],
    [429, "throttled"],
    [500, "internal"],
    [502, "unavailable"],
    [503, "unavailable"],
    [504, "timeout"],
  ])("with status %i and no words of ours is %s", (status, code) => {
    for (const body of [
      undefined,
      "",
      "<html>",
      "null",
      "{}",
      '{"error":"x"}',
      '{"error":{"code":"schema","message":"x"}}',
    ])
      expect(serverError({ status, body, adapter })).toMatchObject({
        code,
        message: `The model server answered with status ${status}.`,
      });
  });

  it("is one line of bounded length", () => {
    const body = JSON.stringify({ error: { code: "internal", message: `a\nb${"c".repeat(10_000)}` } });

    const { message } = serverError({ status: 500, body, adapter });

    expect(message.length).toBeLessThan(500);
    expect(message).not.toContain("\n");
  });
});
