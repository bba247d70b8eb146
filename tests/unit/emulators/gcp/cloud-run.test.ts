import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { type CloudRunEmulator, type CloudRunOptions, openCloudRun } from "../../../../emulators/gcp/cloud-run";

jest.setTimeout(30_000);

const opened: { close(): Promise<void> }[] = [];
const directories: string[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A service of which `handle` is the body of the request handler. */
async function service(handle: string, options: Partial<CloudRunOptions> = {}): Promise<CloudRunEmulator> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-run-"));
  directories.push(directory);
  writeFileSync(
    path.join(directory, "index.mjs"),
    `import { createServer } from "node:http";
let requests = 0;
const server = createServer(async (request, response) => { requests++; ${handle} });
server.listen(process.env.PORT);
process.on("SIGTERM", () => server.close(() => process.exit(0)));`,
  );
  const emulator = await openCloudRun({ directory, ...options });
  opened.push(emulator);
  return emulator;
}

describe("Cloud Run", () => {
  it("starts an instance at the first request and uses it again", async () => {
    const { endpoint, stats } = await service("response.end(String(requests));");

    const texts = [await text(`${endpoint}/`), await text(`${endpoint}/`)];

    expect(texts).toEqual(["1", "2"]);
    expect(stats).toMatchObject({ coldStarts: 1, requests: 2 });
  });

  it("hands method, path, headers and body through, and the answer back", async () => {
    const echo =
      "let body = ''; for await (const chunk of request) body += chunk;" +
      "response.writeHead(201, { 'x-seen': request.headers['x-sent'] }).end(request.method + request.url + body);";
    const { endpoint } = await service(echo);

    const answer = await fetch(`${endpoint}/a?b=c`, { method: "POST", headers: { "x-sent": "yes" }, body: "text" });

    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-seen")).toBe("yes");
    expect(await answer.text()).toBe("POST/a?b=ctext");
  });

  it("shows the process only its own variables", async () => {
    process.env["LEAK"] = "leaked";
    const { endpoint } = await service("response.end(JSON.stringify(process.env));", { environment: { MINE: "1" } });

    const variables = JSON.parse(await text(endpoint));
    delete process.env["LEAK"];

    expect(variables).toMatchObject({ MINE: "1", K_SERVICE: "function" });
    expect(variables["LEAK"]).toBeUndefined();
  });

  it("gives one instance many requests at a time, and starts another when it is full", async () => {
    const slow = "await new Promise((done) => setTimeout(done, 150)); response.end(String(process.pid));";
    const { endpoint, stats } = await service(slow, { concurrency: 2, maxInstances: 2 });

    const pids = await Promise.all([1, 2, 3, 4].map(() => text(endpoint)));

    expect(new Set(pids).size).toBe(2);
    expect(stats).toMatchObject({ coldStarts: 2, refused: 0 });
  });

  it("an instance that ends fails its requests and is replaced", async () => {
    const { endpoint, stats } = await service("if (request.url === '/die') process.exit(3); response.end('alive');");

    const died = await fetch(`${endpoint}/die`);
    const next = await text(endpoint);

    expect(died.status).toBe(503);
    expect(next).toBe("alive");
    expect(stats).toMatchObject({ crashes: 1, coldStarts: 2 });
  });

  it("ends a request after the timeout, and the instance goes on", async () => {
    const { endpoint, stats } = await service(
      "if (request.url === '/hang') return; response.end(String(process.pid));",
      { timeoutMs: 200 },
    );
    const before = await text(endpoint);

    const hung = await fetch(`${endpoint}/hang`);

    expect(hung.status).toBe(504);
    expect(await text(endpoint)).toBe(before);
    expect(stats.timeouts).toBe(1);
  });

  it("says why it cannot start", async () => {
    const lines: string[] = [];
    const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-run-"));
    directories.push(directory);
    writeFileSync(path.join(directory, "index.mjs"), "throw new Error('no model');");
    const emulator = await openCloudRun({ directory, onLog: (line) => lines.push(line) });
    opened.push(emulator);

    await expect(emulator.warmUp()).rejects.toThrow("ended before it listened");
    expect(lines.join("\n")).toContain("no model");
  });
});

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}
