import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { azureCredentials, SCOPES } from "../../../../../adapters/azure/client";
import { azureError } from "../../../../../adapters/azure/errors";
import {
  type AzureStubAnswer,
  identityAnswer,
  withAzureEnvironment,
  withIdentity,
} from "../../../../support/azure-stub";
import { errorOf } from "../../../../support/contract";
import { manualClock } from "../../../../support/manual-clock";

const ROOT = path.resolve(__dirname, "../../../../..");
const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const place = { stage: "store", adapter: "azure/store" } as const;

describe("a function's token", () => {
  it("comes from the managed identity's server, for the resource that stands for its scope", async () => {
    const requests = await withIdentity(identityAnswer(), async (stub) => {
      const credentials = azureCredentials();
      for (const scope of [SCOPES.storage, SCOPES.cosmos, "api://model"])
        expect(await credentials.token(scope)).toBe("token");
      return stub.requests;
    });

    const asked = requests.map((request) => new URL(request.path, "http://identity"));
    expect(asked.map(({ pathname, searchParams }) => [pathname, Object.fromEntries(searchParams)])).toEqual(
      ["https://storage.azure.com/", "https://cosmos.azure.com", "api://model"].map((resource) => [
        "/msi/token",
        { "api-version": "2019-08-01", resource, client_id: "client-1" },
      ]),
    );
    for (const { headers } of requests) expect(headers["x-identity-header"]).toBe("identity-secret");
  });

  it("is kept until five minutes before its end", async () => {
    const clock = manualClock({ start: START, auto: false });
    const answer = identityAnswer({ now: START, expiresInMs: 60 * MINUTE });

    await withIdentity(answer, async ({ requests }) => {
      const credentials = azureCredentials({ clock });
      await credentials.token(SCOPES.storage);
      await clock.advance(55 * MINUTE - 1);
      await credentials.token(SCOPES.storage);
      expect(requests).toHaveLength(1);
      await clock.advance(1);
      await credentials.token(SCOPES.storage);
      expect(requests).toHaveLength(2);
    });
  });

  it("is fetched once for all who wait, and not lost to them because one gives up", async () => {
    const controller = new AbortController();

    const [count, gaveUp, ...others] = await withIdentity(
      (request, number) => {
        controller.abort(new Error("enough"));
        return identityAnswer()(request, number);
      },
      async ({ requests }) => {
        const credentials = azureCredentials();
        const waiting = [
          errorOf(credentials.token(SCOPES.ml, controller.signal)),
          ...Array.from({ length: 9 }, () => credentials.token(SCOPES.ml)),
        ];
        return [requests, ...(await Promise.all(waiting))].map((value) =>
          value === requests ? requests.length : value,
        );
      },
    );

    expect(count).toBe(1);
    expect(gaveUp).toMatchObject({ message: "enough" });
    expect(others).toEqual(new Array(9).fill("token"));
  });

  it("is fetched anew once it is forgotten, and after a failure; that of another scope stays", async () => {
    const answer: AzureStubAnswer = (request, number) =>
      number === 0 ? { status: 500, body: "starting" } : identityAnswer({ token: `t${number}` })(request, number);

    const tokens = await withIdentity(answer, async () => {
      const credentials = azureCredentials();
      const failed = await errorOf(credentials.token(SCOPES.storage));
      const first = [await credentials.token(SCOPES.storage), await credentials.token(SCOPES.cosmos)];
      credentials.forget(SCOPES.storage);
      return [failed, ...first, await credentials.token(SCOPES.storage), await credentials.token(SCOPES.cosmos)];
    });

    expect(azureError(tokens[0], place).code).toBe("credentials");
    expect(tokens.slice(1)).toEqual(["t1", "t2", "t3", "t2"]);
  });

  it.each<[string, AzureStubAnswer]>([
    ["is not to be had", () => ({ status: 400, body: { message: "No User Assigned Identity found." } })],
    ["is no token", () => ({ body: { expires_on: "1800000000" } })],
    ["does not say when it ends", () => ({ body: { access_token: "t" } })],
    ["does not come as JSON", () => ({ body: "<html>" })],
    ["does not come", () => "reset"],
    ["does not come in time", () => "hang"],
  ])("that %s says what to check", async (_, answer) => {
    const error = await withIdentity(answer, () => errorOf(azureCredentials({ timeoutMs: 60 }).token(SCOPES.storage)));

    const { code, retryable, message } = azureError(error, place);
    expect([code, retryable]).toEqual(["credentials", true]);
    expect(message).toMatch(/managed identity's server/);
    expect(message).not.toContain("identity-secret");
  });

  it("says which identity it could not find", async () => {
    const error = await withIdentity(
      () => ({ status: 400, body: { message: "No User Assigned Identity found." } }),
      () => errorOf(azureCredentials().token(SCOPES.storage)),
    );

    expect(azureError(error, place).message).toMatch(/HTTP 400.*No User Assigned Identity found.*AZURE_CLIENT_ID/);
  });
});

describe("the Event Hubs SDK", () => {
  it("gets the same tokens, with their end", async () => {
    const clock = manualClock({ start: START });
    const answer = identityAnswer({ now: START, expiresInMs: 60 * MINUTE });

    const [token, resources] = await withIdentity(answer, async ({ requests }) => {
      const credentials = azureCredentials({ clock });
      const given = await credentials.credential.getToken("https://eventhubs.azure.net//.default");
      expect(await credentials.token(SCOPES.eventHubs)).toBe(given?.token);
      return [given, requests.map((request) => new URL(request.path, "http://i").searchParams.get("resource"))];
    });

    expect(token).toEqual({ token: "token", expiresOnTimestamp: START + 60 * MINUTE });
    expect(resources).toEqual([SCOPES.eventHubs]);
  });
});

describe("an operator's token", () => {
  it("comes from whatever the machine is signed in with, and says what to do where that is nothing", async () => {
    const variables = { AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential" };

    const error = await withAzureEnvironment(variables, () => errorOf(azureCredentials().token(SCOPES.management)));

    expect(azureError(error, place)).toMatchObject({ code: "credentials", retryable: true });
    expect(azureError(error, place).message).toMatch(/az login/);
  });

  it("loads the SDK for it only when it is asked for", () => {
    const program = `
      const { azureCredentials } = require("./adapters/azure/client");
      azureCredentials();
      console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.includes("@azure"))));`;

    const printed = execFileSync(process.execPath, ["-r", "./tools/register.cjs", "-e", program], { cwd: ROOT });

    expect(JSON.parse(String(printed))).toEqual([]);
  });
});
