import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type IdentityEmulator, openIdentity } from "../../../../../emulators/azure/identity";
import { openScm, type ScmEmulator, type ScmFailure, type ScmOptions } from "../../../../../emulators/azure/scm";
import { listen } from "../../../../../emulators/listen";
import type { CodePackage } from "../../../../../infra/azure/code/package";
import { codeProvider } from "../../../../../infra/azure/code/provider";

const ZIP = Buffer.from("PK and the rest");
const SITE = "https://sluice-azure-worker-0.scm.azurewebsites.net";

describe("the code of a function app", () => {
  const pauses: number[] = [];
  const provider = codeProvider(async (ms) => {
    pauses.push(ms);
  });
  const before = { ...process.env };
  let folder: string;
  let identity: IdentityEmulator;
  let scm: ScmEmulator;

  // One for all: the library keeps tokens for as long as the process lives.
  beforeAll(async () => {
    identity = await openIdentity();
    Object.assign(process.env, identity.environment);
  });

  afterAll(async () => {
    await identity.close();
    process.env = { ...before };
  });

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "code-"));
    pauses.length = 0;
    await open({});
  });

  afterEach(async () => {
    await scm.close();
    rmSync(folder, { recursive: true });
  });

  async function open(options: ScmOptions): Promise<void> {
    scm = await openScm({ identity, ...options });
    process.env["SLUICE_SCM_ENDPOINT"] = scm.endpoint;
  }

  /** A package, on disk. */
  function packed(zip = ZIP): CodePackage {
    const file = path.join(folder, "package.zip");
    writeFileSync(file, zip);
    return { site: SITE, file, sha256: createHash("sha256").update(zip).digest("hex") };
  }

  it.each(["asynchronous", "synchronous"] as const)(
    "is published, to a site that is %s, and waited for",
    async (style) => {
      await scm.close();
      await open({ style, polls: 3 });
      const wanted = packed();

      const { id, outs } = await provider.create(wanted);

      expect([id, outs]).toEqual([SITE, wanted]);
      expect(scm.requests[0]).toMatch(/^POST \/api\/publish\?type=zip/);
      expect(scm.deployments.map(({ zip }) => zip)).toEqual([ZIP]);
    },
  );

  it.each<[string, Partial<CodePackage>, { changes: boolean; replaces: string[] }]>([
    ["nothing", {}, { changes: false, replaces: [] }],
    ["the file's name alone", { file: "elsewhere.zip" }, { changes: false, replaces: [] }],
    ["the package", { sha256: "other" }, { changes: true, replaces: [] }],
    ["the app", { site: "https://other.scm.azurewebsites.net" }, { changes: true, replaces: ["site"] }],
  ])("sees a change of %s", async (_, change, expected) => {
    const is = packed();

    const diff = await provider.diff!(SITE, is, { ...is, ...change });

    expect(diff).toMatchObject({ ...expected, deleteBeforeReplace: false });
  });

  it("is published again where it is another one", async () => {
    const first = packed();
    await provider.create(first);

    const { outs } = await provider.update!(SITE, first, packed(Buffer.from("PK and more")));

    expect(outs?.sha256).not.toBe(first.sha256);
    expect(scm.deployments).toHaveLength(2);
  });

  it.each<ScmFailure>(["conflict", "unauthorized", "forbidden", "internal"])(
    "is tried again after %s, which passes: rights and names of a new app take minutes",
    async (failure) => {
      scm.failNext(failure);

      await provider.create(packed());

      expect(scm.deployments).toHaveLength(1);
      expect(scm.requests.filter((line) => line.startsWith("POST"))).toHaveLength(2);
      expect(pauses[0]).toBe(5_000);
    },
  );

  it("is not there where the site took it and could not deploy it, and the site's reason is told", async () => {
    scm.failNext("failed");

    const creating = provider.create(packed());

    await expect(creating).rejects.toThrow(
      /^The code could not be deployed to sluice-azure-worker-0\.scm\.azurewebsites\.net: deployment \S+ ended with status 3\. \S/,
    );
    expect(scm.requests.filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  it("is published again where the app could not store it yet: its rights take minutes, too", async () => {
    const states = [{ status: 3, status_text: "Azure Storage responded with Forbidden" }, { status: 4 }];
    const posts: number[] = [];
    const site = await listen((request, response) => {
      const isPost = request.method === "POST";
      if (isPost) posts.push(202);
      request.resume().on("end", () => {
        response.statusCode = isPost ? 202 : 200;
        response.end(isPost ? `"${posts.length}"` : JSON.stringify(states[posts.length - 1]));
      });
    });
    process.env["SLUICE_SCM_ENDPOINT"] = site.endpoint;

    await provider.create(packed());

    expect(posts).toHaveLength(2);
    await site.close();
  });

  it("is given up after minutes where nobody answers", async () => {
    await scm.close();

    const creating = provider.create(packed());

    await expect(creating).rejects.toThrow(/could not be deployed to .*: no answer: fetch failed: ECONNREFUSED/);
    expect(pauses).toHaveLength(15);
    expect(pauses.at(-1)).toBe(30_000);
  });

  it("is refused at once where the site takes no such package", async () => {
    const creating = provider.create(packed(Buffer.from("no zip")));

    await expect(creating).rejects.toThrow(/: 400 The body is no zip/);
    expect(pauses).toEqual([]);
  });

  it("is the package that was planned with, or none", async () => {
    const wanted = packed();
    writeFileSync(wanted.file, "PK and something else");

    const creating = provider.create(wanted);

    await expect(creating).rejects.toThrow(/is not the package that was planned with/);
    expect(scm.requests).toEqual([]);
  });

  it("sends its token over https alone, or to this machine", async () => {
    process.env["SLUICE_SCM_ENDPOINT"] = "http://10.1.2.3:8080";

    const tokens = identity.requests.token;

    const creating = provider.create(packed());

    await expect(creating).rejects.toThrow(/A token does not go to http:\/\/10\.1\.2\.3:8080/);
    expect(identity.requests.token).toBe(tokens);
    expect(scm.requests).toEqual([]);
  });
});
