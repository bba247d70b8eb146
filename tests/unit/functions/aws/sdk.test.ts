import { afterEach, describe, expect, it } from "@jest/globals";
import { loadConfig } from "../../../../functions/aws/sdk/config";
import { defaultProvider } from "../../../../functions/aws/sdk/credentials";

const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

describe("credentials in a function", () => {
  it("are those of the environment, whenever they are asked for", async () => {
    const provide = defaultProvider();
    process.env["AWS_ACCESS_KEY_ID"] = "key";
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
    process.env["AWS_SESSION_TOKEN"] = "token";

    const credentials = await provide();

    expect(credentials).toEqual({ accessKeyId: "key", secretAccessKey: "secret", sessionToken: "token" });
  });

  it("that are not there fail as the SDK's own do", async () => {
    delete process.env["AWS_ACCESS_KEY_ID"];

    await expect(defaultProvider()()).rejects.toMatchObject({ name: "CredentialsProviderError" });
  });
});

describe("the SDK's settings in a function", () => {
  const selector = ({ AWS_THING }: NodeJS.ProcessEnv) => AWS_THING;

  it("come from the environment", async () => {
    process.env["AWS_THING"] = "given";

    const value = await loadConfig({ environmentVariableSelector: selector, default: "else" })();

    expect(value).toBe("given");
  });

  it.each([
    ["a value", "else"],
    ["a function", () => "else"],
    ["an asynchronous function", async () => "else"],
  ])("are the default otherwise, as %s", async (_, otherwise) => {
    const value = await loadConfig({ environmentVariableSelector: selector, default: otherwise })();

    expect(value).toBe("else");
  });

  it("are looked up once", async () => {
    let looks = 0;
    const load = loadConfig({ environmentVariableSelector: () => String(++looks), default: "" });

    const values = [await load(), await load()];

    expect(values).toEqual(["1", "1"]);
  });

  it("that cannot be read fail with the reason", async () => {
    const load = loadConfig<string>({
      environmentVariableSelector: () => {
        throw new TypeError("neither true nor false");
      },
      default: "",
    });

    await expect(load()).rejects.toThrow("neither true nor false");
  });
});
