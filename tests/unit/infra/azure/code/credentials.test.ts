import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { accessToken } from "../../../../../infra/azure/code/credentials";

type Assertion = () => Promise<string>;

const SERVICE = { ARM_TENANT_ID: "tenant", ARM_CLIENT_ID: "client" };

/** Stand for those of the library: each gives a token that says how it came about. */
const library = {
  ClientSecretCredential: credential(async (tenant, client, secret) => `secret ${tenant} ${client} ${secret}`),
  ClientAssertionCredential: credential(
    async (tenant, client, assertion) => `assertion ${tenant} ${client} ${await (assertion as Assertion)()}`,
  ),
  DefaultAzureCredential: credential(async () => {
    if (isSignedIn) return "whoever is signed in";
    throw new Error("ChainedTokenCredential authentication failed.");
  }),
};

let isSignedIn = true;

describe("the credentials that code is deployed with", () => {
  const before = { ...process.env };

  beforeEach(() => {
    isSignedIn = true;
    jest.doMock("@azure/identity", () => library);
  });

  afterEach(() => {
    jest.dontMock("@azure/identity");
    process.env = { ...before };
  });

  it("are those of whoever is signed in, for Azure's management", async () => {
    expect(await accessToken()).toBe("whoever is signed in for https://management.azure.com/.default");
  });

  it("are a service principal's secret, where the provider has one", async () => {
    Object.assign(process.env, SERVICE, { ARM_CLIENT_SECRET: "s3cret" });

    expect(await accessToken()).toMatch(/^secret tenant client s3cret for /);
  });

  it("are a service principal's assertion, as text", async () => {
    Object.assign(process.env, SERVICE, { ARM_OIDC_TOKEN: "an-assertion" });

    expect(await accessToken()).toMatch(/^assertion tenant client an-assertion for /);
  });

  it("are a service principal's assertion, from a file", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "oidc-"));
    writeFileSync(path.join(folder, "token"), "of-a-file\n");
    Object.assign(process.env, SERVICE, { ARM_OIDC_TOKEN_FILE_PATH: path.join(folder, "token") });

    expect(await accessToken()).toMatch(/^assertion tenant client of-a-file for /);
    rmSync(folder, { recursive: true });
  });

  it("are a service principal's assertion, asked of the pipeline that runs", async () => {
    const asked: unknown[] = [];
    const server = createServer(({ url, headers }, response) => {
      asked.push([url, headers.authorization]);
      response.end(JSON.stringify({ value: "of-the-pipeline" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, SERVICE, {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "a-bearer",
    });

    const token = await accessToken();
    server.closeAllConnections();
    server.close();

    expect(token).toMatch(/^assertion tenant client of-the-pipeline for /);
    expect(asked).toEqual([["/token?version=2&audience=api%3A%2F%2FAzureADTokenExchange", "Bearer a-bearer"]]);
  });

  it("are told to be missing, with what to do", async () => {
    isSignedIn = false;

    await expect(accessToken()).rejects.toThrow(/^There are no credentials for Azure: run `az login`, .* failed\.$/);
  });
});

function credential(token: (...args: unknown[]) => Promise<string>) {
  return class {
    readonly #args: unknown[];

    constructor(...args: unknown[]) {
      this.#args = args;
    }

    async getToken(scope: string) {
      return { token: `${await token(...this.#args)} for ${scope}` };
    }
  };
}
