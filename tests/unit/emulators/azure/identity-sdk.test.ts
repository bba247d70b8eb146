import { ManagedIdentityCredential } from "@azure/identity";
import { afterEach, expect, it } from "@jest/globals";
import { openIdentity } from "../../../../emulators/azure/identity";
import { opened } from "../opened";

const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

it("the official credential takes its tokens for those of an App Service", async () => {
  const identity = await opened(openIdentity());
  Object.assign(process.env, identity.environment);

  const token = await new ManagedIdentityCredential({ clientId: "app" }).getToken("https://ml.azure.com/.default");

  expect(identity.allows(`Bearer ${token.token}`, "https://ml.azure.com")).toBe(true);
  expect(token.expiresOnTimestamp).toBeGreaterThan(Date.now() + 86_000_000);
});
