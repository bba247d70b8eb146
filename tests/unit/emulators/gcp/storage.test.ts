import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { openStorage } from "../../../../emulators/gcp/storage";
import { opened } from "../opened";
import { rest } from "./clients";

interface Resource {
  name: string;
  generation: string;
}

async function bucket() {
  const emulator = await opened(openStorage({ clock: { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) } }));
  emulator.createBucket("b");
  const objects = `${emulator.endpoint}/storage/v1/b/b/o`;
  const at = (name: string) => `${objects}/${encodeURIComponent(name)}`;
  return {
    emulator,
    at,
    put: async (name: string, body: string | Uint8Array = "x", query = "", headers: Record<string, string> = {}) => {
      const url = `${emulator.endpoint}/upload/storage/v1/b/b/o?uploadType=media&name=${encodeURIComponent(name)}${query}`;
      const response = await fetch(url, { method: "POST", body: new Uint8Array(Buffer.from(body)), headers });
      return { status: response.status, json: (await response.json()) as Resource };
    },
    get: (name: string, query = "", headers: Record<string, string> = {}) =>
      fetch(`${at(name)}?alt=media${query}`, { headers }),
    list: async (query = "") =>
      (await rest(`${objects}?${query}`)).json as { items?: Resource[]; prefixes?: string[]; nextPageToken?: string },
  };
}

describe("an object", () => {
  it.each(["plain", "a/b//c", "../up", "with space+plus?&=%#", "é 𝒳/\u{1f600}", "<&\">'"])(
    "is kept under %s",
    async (name) => {
      const { put, get, list } = await bucket();

      await put(name, name);

      expect(await (await get(name)).text()).toBe(name);
      expect((await list()).items?.map((item) => item.name)).toEqual([name]);
    },
  );

  it("comes back with its bytes, type, encoding and metadata", async () => {
    const { put, get, at } = await bucket();
    const bytes = Buffer.from([0, 255, 10, 13]);

    await put("k", bytes, "", { "content-type": "text/x-a" });
    const media = await get("k");

    expect([...Buffer.from(await media.arrayBuffer())]).toEqual([...bytes]);
    expect(media.headers.get("content-type")).toBe("text/x-a");
    expect((await rest(at("k"))).json).toMatchObject({
      bucket: "b",
      name: "k",
      size: "4",
      contentType: "text/x-a",
      md5Hash: createHash("md5").update(bytes).digest("base64"),
      timeCreated: "2026-01-02T03:04:05.000Z",
    });
  });

  it("may come with metadata before it", async () => {
    const { emulator, get, at } = await bucket();
    const metadata = JSON.stringify({ name: "k", contentType: "text/x-b", metadata: { one: "1" } });
    const content = "line\r\n--not the boundary\r\n\r\n";
    const body = `--xyz\r\ncontent-type: application/json\r\n\r\n${metadata}\r\n--xyz\r\ncontent-type: text/y\r\n\r\n${content}\r\n--xyz--`;

    const answer = await fetch(`${emulator.endpoint}/upload/storage/v1/b/b/o?uploadType=multipart`, {
      method: "POST",
      body,
      headers: { "content-type": 'multipart/related; boundary="xyz"' },
    });

    expect(answer.status).toBe(200);
    expect(await (await get("k")).text()).toBe(content);
    expect((await rest(at("k"))).json).toMatchObject({ contentType: "text/x-b", metadata: { one: "1" } });
  });

  it.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=8-100", 206, "89", "bytes 8-9/10"],
    ["bytes=0-1,3-4", 200, "0123456789", null],
  ])("gives the range %s", async (range, status, text, shown) => {
    const { put, get } = await bucket();
    await put("k", "0123456789");

    const answer = await get("k", "", { range });

    expect([answer.status, await answer.text(), answer.headers.get("content-range")]).toEqual([status, text, shown]);
  });

  it("has no range beyond its end", async () => {
    const { put, get } = await bucket();
    await put("k", "0123456789");

    expect((await get("k", "", { range: "bytes=10-" })).status).toBe(416);
  });

  it("that is not there, or not any more, is 404", async () => {
    const { put, get, at } = await bucket();
    await put("k");

    const statuses = [
      (await rest(at("k"), "DELETE")).status,
      (await rest(at("k"), "DELETE")).status,
      (await get("k")).status,
    ];

    expect(statuses).toEqual([204, 404, 404]);
    expect((await rest(at("k"))).json).toMatchObject({
      error: { code: 404, message: "No such object: b/k", errors: [{ reason: "notFound" }] },
    });
  });

  it("of several megabytes comes back whole", async () => {
    const { put, get } = await bucket();
    const body = Buffer.alloc(20_000_000, "abc");

    await put("k", body);

    expect(body.equals(Buffer.from(await (await get("k")).arrayBuffer()))).toBe(true);
  });
});

describe("a precondition", () => {
  it("of no object fails when there is one, which stays as it is", async () => {
    const { put, get } = await bucket();
    const first = await put("k", "first", "&ifGenerationMatch=0");

    const second = await put("k", "second", "&ifGenerationMatch=0");

    expect([first.status, second.status, second.json]).toMatchObject([
      200,
      412,
      { error: { errors: [{ reason: "conditionNotMet" }] } },
    ]);
    expect(await (await get("k")).text()).toBe("first");
  });

  it("succeeds for one of many writers at once", async () => {
    const { put, get } = await bucket();

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => put("k", `writer ${i}`, "&ifGenerationMatch=0")),
    );

    const winners = answers.flatMap(({ status }, i) => (status === 200 ? [`writer ${i}`] : []));
    expect(winners).toEqual([await (await get("k")).text()]);
  });

  it("of a generation holds for that one alone, for writing, reading and deleting", async () => {
    const { put, get, at } = await bucket();
    const { generation: old } = (await put("k", "1")).json;
    const { generation: current } = (await put("k", "2", `&ifGenerationMatch=${old}`)).json;

    expect(Number(current)).toBeGreaterThan(Number(old));
    expect((await put("k", "3", `&ifGenerationMatch=${old}`)).status).toBe(412);
    expect((await get("k", `&generation=${old}`)).status).toBe(404);
    expect((await get("k", `&ifGenerationNotMatch=${current}`)).status).toBe(412);
    expect((await rest(`${at("k")}?ifGenerationMatch=${old}`, "DELETE")).status).toBe(412);
    expect((await rest(`${at("k")}?ifGenerationMatch=${current}`, "DELETE")).status).toBe(204);
  });
});

describe("a list", () => {
  it("has the names of a prefix in byte order", async () => {
    const { put, list } = await bucket();
    for (const name of ["b", "a/2", "a/\u{1f600}", "a/\uffff", "a/10"]) await put(name, "xyz");

    const { items = [] } = await list("prefix=a/");

    expect(items.map(({ name }) => name)).toEqual(["a/10", "a/2", "a/\uffff", "a/\u{1f600}"]);
  });

  it("comes in pages that leave nothing out and repeat nothing, with and without a delimiter", async () => {
    const { put, list } = await bucket();
    for (const name of ["a", "d/1", "d/2", "d/3", "e", "f/1", "g"]) await put(name);
    const pages = async (query: string) => {
      const seen: string[] = [];
      let token: string | undefined = "";
      while (token !== undefined) {
        const page = await list(`${query}&maxResults=2${token && `&pageToken=${token}`}`);
        seen.push(...(page.prefixes ?? []), ...(page.items ?? []).map(({ name }) => name));
        token = page.nextPageToken;
      }
      return seen.sort();
    };

    expect(await pages("")).toEqual(["a", "d/1", "d/2", "d/3", "e", "f/1", "g"]);
    expect(await pages("delimiter=/")).toEqual(["a", "d/", "e", "f/", "g"]);
    expect(await pages("startOffset=d/2")).toEqual(["d/2", "d/3", "e", "f/1", "g"]);
    expect(await pages("startOffset=d/2&endOffset=f/1")).toEqual(["d/2", "d/3", "e"]);
  });
});

describe("a bucket", () => {
  it("is made once", async () => {
    const { emulator } = await bucket();
    const make = () => rest(`${emulator.endpoint}/storage/v1/b?project=p`, "POST", { name: "new" });

    expect([(await make()).status, (await make()).status]).toEqual([200, 409]);
    expect((await rest(`${emulator.endpoint}/storage/v1/b/new`)).json).toMatchObject({ name: "new" });
  });

  it("that is not there is 404, and what is not emulated 501", async () => {
    const { emulator, at } = await bucket();
    const base = `${emulator.endpoint}/upload/storage/v1/b`;

    expect((await rest(`${base}/none/o?uploadType=media&name=k`, "POST", {})).status).toBe(404);
    expect((await rest(`${base}/b/o?uploadType=resumable&name=k`, "POST", {})).status).toBe(501);
    expect((await rest(`${at("k")}/rewriteTo/b/b/o/c`, "POST")).status).toBe(501);
  });

  it.each([
    ["no name", "uploadType=media"],
    ["a name of more than 1024 bytes", `uploadType=media&name=${"k".repeat(1025)}`],
    ["a body that is not of several parts", "uploadType=multipart"],
  ])("refuses an object of %s", async (_, query) => {
    const { emulator, list } = await bucket();

    expect((await rest(`${emulator.endpoint}/upload/storage/v1/b/b/o?${query}`, "POST", {})).status).toBe(400);
    expect(await list()).toEqual({ kind: "storage#objects" });
  });
});
