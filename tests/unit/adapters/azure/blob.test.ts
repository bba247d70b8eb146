import { describe, expect, it } from "@jest/globals";
import { type BlobContainer, type BlobContainerOptions, blobContainer } from "../../../../adapters/azure/blob";
import { storageFailure, stubCredentials } from "../../../support/azure-stub";
import { errorOf } from "../../../support/contract";
import { manualClock } from "../../../support/manual-clock";
import { all } from "../../../support/records";
import { type BlobService, type BlobServiceOptions, withBlobs } from "./blob/service";

const place = { stage: "archive", adapter: "azure/archive", coordinates: { container: "here" } } as const;

function open(
  test: (blobs: BlobContainer, service: BlobService) => Promise<void>,
  { page, ...options }: Partial<BlobContainerOptions> & BlobServiceOptions = {},
): Promise<void> {
  const clock = manualClock();
  return withBlobs(
    (service) =>
      test(
        blobContainer({ container: service.container, place, credentials: stubCredentials(), clock, ...options }),
        service,
      ),
    page === undefined ? {} : { page },
  );
}

describe("a blob", () => {
  it("is written, read and deleted by its name, whatever that is", () =>
    open(async (blobs, { requests, blobs: stored }) => {
      const name = "a b/ü?#%/c+d.json";

      expect(await blobs.put(name, '{"a":1}', { contentType: "application/json" })).toBe(true);
      expect(await blobs.get(name)).toEqual({ body: Buffer.from('{"a":1}'), etag: '"0x1"' });
      expect(await blobs.text(name, undefined)).toBe('{"a":1}');
      expect(await blobs.delete(name)).toBe(true);
      expect(await blobs.delete(name)).toBe(false);
      expect(await blobs.get(name)).toBeUndefined();
      expect(stored.size).toBe(0);
      expect(requests[0]?.headers).toMatchObject({
        authorization: "Bearer token of https://storage.azure.com",
        "content-type": "application/json",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-version": "2021-12-02",
      });
    }));

  it("that is there already is an answer, not a failure, and is not asked for again", () =>
    open(async (blobs, service) => {
      expect(await blobs.put("a", "1", { ifAbsent: true })).toBe(true);
      expect(await blobs.put("a", "2", { ifAbsent: true })).toBe(false);

      expect(service.blobs.get("a")?.toString()).toBe("1");
      expect(service.requests).toHaveLength(2);
    }));

  it("is replaced only where it is still the one that was read", () =>
    open(async (blobs, service) => {
      await blobs.put("a", "1");
      const read = await blobs.get("a");
      await blobs.put("a", "2");

      expect(await blobs.put("a", "3", { ifMatch: read!.etag })).toBe(false);
      expect(await blobs.put("a", "3", { ifMatch: (await blobs.get("a"))!.etag })).toBe(true);
      expect(service.blobs.get("a")?.toString()).toBe("3");
    }));

  it("is read in pieces, each again where it fails, and not mixed with another that replaced it", () =>
    open(async (blobs, service) => {
      const body = Buffer.alloc(5 * 1024 * 1024, "xyz");
      service.put("a", body);
      let failed = false;
      service.faults.set(({ headers }) => {
        if (failed || headers.range !== "bytes=2097152-4194303") return undefined;
        failed = true;
        return "reset";
      });
      const [page] = await all(blobs.pages({ prefix: "" }, undefined));
      const blob = page!.objects[0]!;
      const pieces = await all(blobs.read(blob, undefined));
      service.put("a", "another");

      expect(failed).toBe(true);
      expect(Buffer.concat(pieces).equals(body)).toBe(true);
      expect(await errorOf(all(blobs.read(blob, undefined)))).toMatchObject({ code: "conflict" });
    }));
});

describe("a listing", () => {
  it("goes through all pages, with sizes, times and etags", () =>
    open(
      async (blobs, service) => {
        for (const name of ["a/1", "a/2&3", "a/b/4", "c"]) service.put(name, name, Date.UTC(2026, 0, 2, 3, 4, 5));

        const pages = await all(blobs.pages({ prefix: "a/" }, undefined));

        expect(pages.map(({ objects }) => objects.map(({ key }) => key))).toEqual([["a/1", "a/2&3"], ["a/b/4"]]);
        expect(pages[0]?.objects[1]).toEqual({
          ...{ key: "a/2&3", bytes: 5, etag: '"0x2"' },
          modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
        });
      },
      { page: 2 },
    ));

  it("that is flat ends at the next slash, and names the folders behind it", () =>
    open(async (blobs, service) => {
      for (const name of ["a/1", "a/b/4", "a/b/5", "c"]) service.put(name, "x");

      const [page] = await all(blobs.pages({ prefix: "a/", flat: true }, undefined));

      expect(page).toMatchObject({ objects: [{ key: "a/1" }], folders: ["a/b/"] });
    }));

  it("of one or no blob is one as well", () =>
    open(async (blobs, service) => {
      expect(await all(blobs.pages({ prefix: "" }, undefined))).toEqual([{ objects: [], folders: [] }]);
      service.put("123", "x");
      expect(await all(blobs.pages({ prefix: "" }, undefined))).toMatchObject([{ objects: [{ key: "123" }] }]);
    }));

  it("reads names that XML cannot have", () =>
    open(async (blobs, service) => {
      service.faults.set(() => ({
        body: `<EnumerationResults><Blobs><Blob><Name Encoded="true">a%EF%BF%BEb</Name><Properties><Last-Modified>Thu, 01 Jan 2026 00:00:00 GMT</Last-Modified><Content-Length>1</Content-Length><Etag>"e"</Etag></Properties></Blob></Blobs><NextMarker /></EnumerationResults>`,
      }));

      expect(await all(blobs.pages({ prefix: "" }, undefined))).toMatchObject([
        { objects: [{ key: "a\ufffeb", etag: '"e"' }] },
      ]);
    }));

  it("is not believed where it is a page of some proxy", () =>
    open(async (blobs, service) => {
      service.faults.set(() => ({ body: "<html><body>hello</body></html>" }));

      expect(await errorOf(all(blobs.pages({ prefix: "" }, undefined)))).toMatchObject({ code: "unavailable" });
    }));
});

describe("a container that fails", () => {
  it("is tried again, and then names the place", () =>
    open(
      async (blobs, service) => {
        service.faults.set(() => storageFailure(503, "ServerBusy"));

        expect(await errorOf(blobs.get("a"))).toMatchObject({
          code: "throttled",
          stage: "archive",
          adapter: "azure/archive",
          coordinates: { container: "here" },
        });
        expect(service.requests).toHaveLength(3);
      },
      { maxAttempts: 3 },
    ));

  it("is not a blob that is not there", () =>
    open(async (blobs, service) => {
      service.faults.set(() => storageFailure(404, "ContainerNotFound"));

      expect(await errorOf(blobs.get("a"))).toMatchObject({ code: "unavailable" });
      expect(await errorOf(blobs.delete("a"))).toMatchObject({ code: "unavailable" });
    }));

  it("is not waited for once the caller has cancelled", () =>
    open(async (blobs, service) => {
      const controller = new AbortController();
      service.faults.set(() => {
        controller.abort();
        return "hang";
      });

      expect(await errorOf(blobs.put("a", "1", { signal: controller.signal }))).toMatchObject({ code: "cancelled" });
    }));
});
