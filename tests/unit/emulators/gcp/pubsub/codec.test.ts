import { describe, expect, it } from "@jest/globals";
import { fromJson, fromProto, toJson, toProto } from "../../../../../emulators/gcp/pubsub/codec";

const inner = {
  name: "projects/p/subscriptions/s",
  ackDeadlineSeconds: 10,
  retryPolicy: { minimumBackoff: 1500, maximumBackoff: 600_000 },
  cloudStorageConfig: { maxBytes: 1000 },
  labels: { ttl: "a label, not a duration" },
  messages: [{ data: Buffer.from("text"), attributes: { time: "noon" }, publishTime: 1_767_225_600_123 }],
};

describe("the forms of a message", () => {
  it("in JSON: durations with a unit, times in RFC 3339, base64, long integers as text", () => {
    const json = toJson<object>(inner);

    expect(json).toEqual({
      ...inner,
      retryPolicy: { minimumBackoff: "1.5s", maximumBackoff: "600s" },
      cloudStorageConfig: { maxBytes: "1000" },
      messages: [{ data: "dGV4dA==", attributes: { time: "noon" }, publishTime: "2026-01-01T00:00:00.123Z" }],
    });
    expect(fromJson(json)).toEqual(inner);
  });

  it("in gRPC: seconds and nanoseconds", () => {
    const proto = toProto<object>(inner);

    expect(proto).toMatchObject({
      retryPolicy: { minimumBackoff: { seconds: 1, nanos: 500_000_000 } },
      messages: [{ data: Buffer.from("text"), publishTime: { seconds: 1_767_225_600, nanos: 123_000_000 } }],
    });
    expect(fromProto(proto)).toEqual(inner);
  });

  it("leave out what is not there", () => {
    expect(toJson({ a: undefined, b: null, c: { d: undefined } })).toEqual({ c: {} });
  });

  it.each([
    { ttl: "600" },
    { ttl: "s" },
    { ttl: 600 },
    { time: "noon" },
    { data: "te*t" },
    { data: 7 },
    { maxBytes: "many" },
  ])("are refused where a value is not what it has to be: %p", (json) => {
    expect(() => fromJson(json)).toThrow(expect.objectContaining({ status: "INVALID_ARGUMENT" }));
  });

  it.each(["", "YQ==", "YQ", "YWI", "_-8="])("take base64 of both alphabets, with or without its end: %p", (data) => {
    expect(fromJson({ data })).toEqual({ data: Buffer.from(data, "base64") });
  });
});
