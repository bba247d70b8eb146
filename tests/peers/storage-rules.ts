import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";

export interface StorageSubject {
  name: string;
  /** URL, asked once the tests run. */
  endpoint: () => string;
}

interface Listed {
  items?: { name: string; size: string; generation: string }[];
  prefixes?: string[];
  nextPageToken?: string;
}

/** What Cloud Storage's JSON API does by its documentation, as far as our adapters and emulators lean on it. */
export function storageRules({ name, endpoint }: StorageSubject): void {
  let bucket = "";

  const call = (path: string, init?: RequestInit) => fetch(`${endpoint()}${path}`, init);
  const object = (key: string, query = "", headers = {}) =>
    call(`/storage/v1/b/${bucket}/o/${encodeURIComponent(key)}${query}`, { headers });
  const upload = (key: string, body: string, query = "") =>
    call(`/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(key)}${query}`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body,
    });
  const list = async (query: Record<string, string>): Promise<Listed> => {
    const response = await call(`/storage/v1/b/${bucket}/o?${new URLSearchParams(query)}`);
    return (await response.json()) as Listed;
  };
  const create = () =>
    call("/storage/v1/b?project=p", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: bucket }),
    });

  describe(`Cloud Storage rules: ${name}`, () => {
    beforeAll(async () => {
      bucket = `bucket-${randomUUID()}`;
      await create();
    });

    it("a bucket that is there is 409, one that is not is 404", async () => {
      expect((await create()).status).toBe(409);
      expect((await call("/storage/v1/b/nowhere/o")).status).toBe(404);
    });
    it("an object comes back as it went up, in whole and in part", async () => {
      const key = "in a folder/with ünicode.txt";
      await upload(key, "0123456789");

      const whole = await object(key, "?alt=media");
      const part = await object(key, "?alt=media", { range: "bytes=2-4" });

      expect([whole.status, await whole.text()]).toEqual([200, "0123456789"]);
      expect([part.status, await part.text()]).toEqual([206, "234"]);
      expect(part.headers.get("content-range")).toBe("bytes 2-4/10");
    });
    it("a part behind the end is cut, one beyond it is 416", async () => {
      await upload("short", "0123");

      const cut = await object("short", "?alt=media", { range: "bytes=2-100" });
      const beyond = await object("short", "?alt=media", { range: "bytes=4-5" });

      expect([cut.status, await cut.text()]).toEqual([206, "23"]);
      expect(beyond.status).toBe(416);
    });
    it("an object that is not there is 404, as is a generation that is gone", async () => {
      const { generation } = (await (await upload("replaced", "1")).json()) as { generation: string };
      await upload("replaced", "2");

      expect((await object("nothing", "?alt=media")).status).toBe(404);
      expect((await object("replaced", `?alt=media&generation=${generation}`)).status).toBe(404);
    });
    it("generation 0 means that there must be nothing yet", async () => {
      const first = await upload("once", "1", "&ifGenerationMatch=0");
      const second = await upload("once", "2", "&ifGenerationMatch=0");

      expect([first.status, second.status]).toEqual([200, 412]);
      expect(await (await object("once", "?alt=media")).text()).toBe("1");
    });
    it("a list is in the order of the names, by prefix and between two names", async () => {
      for (const key of ["list/b", "list/c", "list/a", "list/d", "other"]) await upload(key, "x");

      const all = await list({ prefix: "list/" });
      const between = await list({ prefix: "list/", startOffset: "list/b", endOffset: "list/d" });

      expect(all.items?.map(({ name: key }) => key)).toEqual(["list/a", "list/b", "list/c", "list/d"]);
      expect(all.items?.[0]).toMatchObject({ size: "1", generation: expect.stringMatching(/^\d+$/) });
      expect(between.items?.map(({ name: key }) => key)).toEqual(["list/b", "list/c"]);
    });
    it("a delimiter makes folders", async () => {
      for (const key of ["tree/a/1", "tree/a/2", "tree/b"]) await upload(key, "x");

      const { items, prefixes } = await list({ prefix: "tree/", delimiter: "/" });

      expect([items?.map(({ name: key }) => key), prefixes]).toEqual([["tree/b"], ["tree/a/"]]);
    });
    it("a list comes in pages", async () => {
      for (const key of ["page/1", "page/2", "page/3"]) await upload(key, "x");

      const names: string[][] = [];
      for (let pageToken: string | undefined = ""; pageToken !== undefined; ) {
        const page = await list({ prefix: "page/", maxResults: "2", ...(pageToken && { pageToken }) });
        names.push((page.items ?? []).map(({ name: key }) => key));
        pageToken = page.nextPageToken;
      }

      expect(names).toEqual([["page/1", "page/2"], ["page/3"]]);
    });
    it("an error is JSON with its code", async () => {
      const response = await object("nothing");

      expect(await response.json()).toMatchObject({ error: { code: 404, message: expect.any(String) } });
    });
  });
}
