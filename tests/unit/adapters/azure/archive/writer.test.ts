import { describe, expect, it } from "@jest/globals";
import { archiveWriter } from "../../../../../adapters/azure/archive/writer";
import { storageFailure, stubCredentials } from "../../../../support/azure-stub";
import { errorOf } from "../../../../support/contract";
import { withBlobs } from "../blob/service";
import { message, messages, read, write } from "./open";

describe("the archive's writer", () => {
  it("writes a batch in one request, named by partition, hour and numbers", () =>
    withBlobs(async (service) => {
      await write(service, [messages(59, 61)], "7");

      expect(service.requests).toHaveLength(1);
      expect([...service.blobs.keys()]).toEqual([
        "raw/7/2026/01/31/23/00000000000000000059-00000000000000000061.ndjson",
      ]);
    }));

  it("writes a line of JSON per message, and bytes that are no text in base64", () =>
    withBlobs(async (service) => {
      const bytes = Uint8Array.from([0xff, 0x00]);
      await write(service, [[message(1, '{"a":"ü\n"}'), message(2, Buffer.from("plain")), message(3, bytes)]]);

      const lines = [...service.blobs.values()]
        .join("")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));

      expect(lines).toEqual([
        { sequence: 1, offset: "100", time: message(1).time, body: '{"a":"ü\n"}' },
        { sequence: 2, offset: "200", time: message(2).time, body: "plain" },
        { sequence: 3, offset: "300", time: message(3).time, base64: "/wA=" },
      ]);
      expect((await read(service))[0].map(({ body }) => body)).toEqual(['{"a":"ü\n"}', "plain", Buffer.from(bytes)]);
    }));

  it("leaves a batch that comes again as it is", () =>
    withBlobs(async (service) => {
      await write(service, [messages(1, 3)]);
      const before = [...service.blobs];
      await write(service, [messages(1, 3)]);

      expect([...service.blobs]).toEqual(before);
    }));

  it("writes nothing of nothing", () =>
    withBlobs(async (service) => {
      await write(service, [[]]);

      expect(service.requests).toHaveLength(0);
    }));

  it("fails as an archive, without the events", () =>
    withBlobs(async (service) => {
      service.faults.set(() => storageFailure(503, "ServerBusy"));

      const error = await errorOf(write(service, [[message(1, "secret")]]));

      const { container } = service;
      expect(error).toMatchObject({ code: "throttled", stage: "archive", coordinates: { container } });
      expect(String(error)).not.toContain("secret");
    }));

  it("does not start what is cancelled", () =>
    withBlobs(async (service) => {
      const writer = archiveWriter({ container: service.container, credentials: stubCredentials() });

      const error = await errorOf(writer.write("0", messages(1, 2), { signal: AbortSignal.abort() }));

      expect(error).toMatchObject({ code: "cancelled" });
      expect(service.requests).toHaveLength(0);
    }));
});
