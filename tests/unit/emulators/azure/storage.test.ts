import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type IdentityEmulator, openIdentity } from "../../../../emulators/azure/identity";
import { openStorage, type StorageEmulator } from "../../../../emulators/azure/storage";
import { emulatorApart } from "../processes";
import { rest } from "./clients";

const RESOURCE = "https://storage.azure.com/";
const VERSION = "2021-12-02";

let identity: IdentityEmulator;
let storage: StorageEmulator;
const logged: string[] = [];

beforeAll(async () => {
  identity = await openIdentity();
  storage = await openStorage({ identity, onLog: (line) => logged.push(line) });
});

afterAll(async () => {
  await storage.close();
  await identity.close();
});

const headers = (resource = RESOURCE) => ({
  authorization: `Bearer ${identity.token(resource)}`,
  "x-ms-version": VERSION,
});
const put = (url: string, body: string, more: Record<string, string> = {}) =>
  rest(url, { method: "PUT", body, headers: { ...headers(), "x-ms-blob-type": "BlockBlob", ...more } });

describe("a blob", () => {
  it("is put once under a condition, and read with its bytes", async () => {
    const url = `${await storage.createContainer("blobs")}/raw/0/a%20b&c.json`;

    const answers = [
      await put(url, "first", { "if-none-match": "*" }),
      await put(url, "second", { "if-none-match": "*" }),
      await rest(url, { headers: headers() }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([201, 409, 200]);
    expect([answers[1]?.headers.get("x-ms-error-code"), answers[2]?.text]).toEqual(["BlobAlreadyExists", "first"]);
    expect(await storage.blobs("blobs")).toEqual([{ name: "raw/0/a b&c.json", body: Buffer.from("first") }]);
  });

  it("is listed by prefix, page by page", async () => {
    const url = await storage.createContainer("listed");
    for (const name of ["a/1", "a/2", "b/1"]) await put(`${url}/${name}`, name);

    const page = await rest(`${url}?restype=container&comp=list&prefix=a/&maxresults=1`, { headers: headers() });

    expect(page.text).toContain("<Name>a/1</Name>");
    expect(page.text).not.toContain("<Name>a/2</Name>");
    expect((await storage.blobs("listed", "a/")).map(({ name }) => name)).toEqual(["a/1", "a/2"]);
  });

  it("of many is found by who looks into the container", async () => {
    const url = await storage.createContainer("many");
    await storage.createContainer("none");
    await Promise.all(Array.from({ length: 30 }, (_, n) => put(`${url}/${n}`, String(n))));

    expect(await storage.blobs("many")).toHaveLength(30);
    expect(await storage.blobs("none")).toEqual([]);
  });
});

describe("a queue", () => {
  it("keeps messages of up to 64 KiB", async () => {
    const url = `${await storage.createQueue("notices")}/messages`;
    const message = (text: string) => `<QueueMessage><MessageText>${text}</MessageText></QueueMessage>`;

    const answers = [
      await rest(url, { method: "POST", headers: headers(), body: message("eyJhIjoxfQ==") }),
      await rest(url, { method: "POST", headers: headers(), body: message("x".repeat(66_000)) }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([201, 413]);
    expect(await storage.messages("notices")).toEqual(["eyJhIjoxfQ=="]);
    expect(await storage.messages("notices")).toHaveLength(1);
  });
});

describe("a request", () => {
  it("needs a token for Storage, and a version that knows tokens", async () => {
    const url = `${await storage.createContainer("tokens")}?restype=container`;
    const { authorization } = headers();

    const answers = [
      await rest(url),
      await rest(url, { headers: headers("https://cosmos.azure.com") }),
      await rest(url, { headers: { authorization } }),
      await rest(url, { headers: headers() }),
    ];

    expect(answers.map((answer) => [answer.status, answer.headers.get("x-ms-error-code")])).toEqual([
      [401, "NoAuthenticationInformation"],
      [401, "InvalidAuthenticationInfo"],
      [400, "InvalidHeaderValue"],
      [200, null],
    ]);
    expect(answers[0]?.headers.get("www-authenticate")).toContain("resource_id=https://storage.azure.com");
  });

  it("to what is not there is answered in Storage's own words", async () => {
    const { status, text } = await rest(`${storage.blob}/nowhere/x`, { headers: headers() });

    expect([status, text]).toEqual([404, expect.stringContaining("<Code>ContainerNotFound</Code>")]);
  });
});

it("the official clients go past the front, and find the same", async () => {
  const blobs = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient("official");
  const queue = QueueServiceClient.fromConnectionString(storage.connectionString).getQueueClient("official");
  await blobs.create();
  await queue.create();

  await blobs.getBlockBlobClient("a").upload("hello", 5);
  await queue.sendMessage("hello");

  expect(await storage.blobs("official")).toEqual([{ name: "a", body: Buffer.from("hello") }]);
  expect(await storage.messages("official")).toEqual(["hello"]);
});

it("names that are there already are kept, and nothing is logged", async () => {
  await put(`${await storage.createContainer("twice")}/a`, "kept");

  await storage.createContainer("twice");
  await storage.createQueue("twice");
  await storage.createQueue("twice");

  expect(await storage.blobs("twice")).toHaveLength(1);
  expect(logged).toEqual([]);
});

describe("the process of the servers", () => {
  it("ends with the emulator", async () => {
    const other = await openStorage();
    const url = blobEndpoint(other.connectionString);
    const before = await isThere(url);

    await other.close();

    expect([before, await isThere(url)]).toEqual([true, false]);
  });

  it("ends with the process that started it, even if that is killed", async () => {
    const { line, kill } = await emulatorApart(
      'require("./emulators/azure/storage").openStorage().then((s) => console.log(s.connectionString))',
    );
    const url = blobEndpoint(line);
    const before = await isThere(url);

    kill();

    let left = before;
    for (let tries = 0; left && tries < 500; tries++) left = await isThere(url);
    expect([before, left]).toEqual([true, false]);
  });
});

function blobEndpoint(connectionString: string): string {
  return /BlobEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? "";
}

function isThere(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
