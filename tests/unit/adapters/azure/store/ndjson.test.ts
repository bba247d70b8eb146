import { describe, expect, it } from "@jest/globals";
import { storageFailure } from "../../../../support/azure-stub";
import { manualClock } from "../../../../support/manual-clock";
import { event, rowBatch } from "../../../../support/records";
import { withBlobs } from "../blob/service";
import { withContainer } from "./open";

describe("NDJSON beside the container", () => {
  it("holds what was stored, in a blob that the same rows do not write again", () =>
    withBlobs(async (service) => {
      const ndjson = { container: service.container, prefix: "predictions/" };
      const rows = () => rowBatch([event(1), event(2, { note: "x".repeat(2_200_000) }), event(4, { label: true })]);
      await withContainer({ ndjson, clock: manualClock({ start: 7 }) }, async (store) => {
        await store.write(rows());
        const again = await store.write(rows());
        expect(again.failures).toMatchObject([{ index: 1, error: { code: "store-rejected" } }]);
      });

      expect(service.requests.map(({ method }) => method)).toEqual(["PUT", "PUT"]);
      expect([...service.blobs.keys()]).toEqual([
        expect.stringMatching(/^predictions\/dt=2026-01-01\/[a-z0-9-]+\.jsonl$/),
      ]);
    }));

  it("is lines of JSON, one per row", () =>
    withBlobs(async (service) => {
      await withContainer({ ndjson: service, clock: manualClock({ start: 7 }) }, (store) =>
        store.write(rowBatch([event(1), event(4, { label: true })])).then(() => {}),
      );

      const [[name, body] = ["", ""]] = service.blobs;

      expect(name).toMatch(/^dt=2026-01-01\//);
      expect(
        body
          .toString()
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ).toMatchObject([
        { id: "e1", truth: null },
        { id: "e4", truth: 1, key: "k1", amount: 4, storedAt: 7 },
      ]);
    }));

  it("that cannot be written makes all rows ones to write again", () =>
    withBlobs(async ({ container, faults }) => {
      faults.set(() => storageFailure(403, "AuthorizationPermissionMismatch"));
      await withContainer({ ndjson: { container } }, async (store) => {
        const { failures } = await store.write(rowBatch(3));

        expect(failures.map(({ index, error }) => [index, error.code, error.coordinates["container"]])).toEqual([
          [0, "credentials", container],
          [1, "credentials", container],
          [2, "credentials", container],
        ]);
      });
    }));
});
