import { describe, expect, it } from "@jest/globals";
import { readDrafts } from "../../../../../emulators/gcp/pubsub/limits";
import { RpcError } from "../../../../../emulators/grpc";

const text = (length: number) => "x".repeat(length);
const data = Buffer.from("a");
const attributes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${i}`, "value"]));

describe("a publish request", () => {
  it.each([
    ["1,000 messages", Array.from({ length: 1000 }, () => ({ data }))],
    ["10 MB in one message", [{ data: Buffer.alloc(10_000_000) }]],
    ["100 attributes", [{ data, attributes: attributes(100) }]],
    ["a key of 256 bytes with a value of 1,024", [{ data, attributes: { [text(256)]: text(1024) } }]],
    ["a message without data but with an attribute", [{ attributes: { a: "" } }]],
    ["an ordering key of 1,024 bytes", [{ data, orderingKey: text(1024) }]],
  ])("may have %s", (_, messages) => {
    expect(readDrafts(messages)).toHaveLength(messages.length);
  });

  it.each([
    ["no messages", []],
    ["1,001 messages", Array.from({ length: 1001 }, () => ({ data }))],
    ["more than 10 MB altogether", [{ data: Buffer.alloc(5_000_000) }, { data: Buffer.alloc(5_000_001) }]],
    ["101 attributes", [{ data, attributes: attributes(101) }]],
    ["a key of 257 bytes", [{ data, attributes: { [text(257)]: "" } }]],
    ["a value of 1,025 bytes", [{ data, attributes: { a: text(1025) } }]],
    ["a value of 1,026 bytes in 513 characters", [{ data, attributes: { a: "é".repeat(513) } }]],
    ["an attribute without a name", [{ data, attributes: { "": "a" } }]],
    ["an attribute of Google's", [{ data, attributes: { googclient_x: "a" } }]],
    ["a message with nothing in it", [{ data: Buffer.alloc(0), attributes: {} }]],
    [
      "messages of two ordering keys",
      [
        { data, orderingKey: "a" },
        { data, orderingKey: "b" },
      ],
    ],
    ["an ordering key of 1,025 bytes", [{ data, orderingKey: text(1025) }]],
  ])("may not have %s", (_, messages) => {
    const publish = () => readDrafts(messages);

    expect(publish).toThrow(RpcError);
    expect(publish).toThrow(expect.objectContaining({ status: "INVALID_ARGUMENT", code: 3 }));
  });
});
