import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "sluice";
import { gcpCredentials } from "../../../../../adapters/gcp/client";
import { decodeJwt } from "../../../../../adapters/gcp/client/jwt";
import { gcpError } from "../../../../../adapters/gcp/errors";
import { errorOf } from "../../../../support/contract";
import {
  type GcpStub,
  type GcpStubAnswer,
  metadataAnswer,
  withGcpEnvironment,
  withGcpStub,
} from "../../../../support/gcp-stub";
import { manualClock } from "../../../../support/manual-clock";

const START = Date.UTC(2026, 0, 1);
const place = { stage: "store", adapter: "gcp/store" } as const;

describe("a function's credentials", () => {
  it("come from the metadata server, and are kept until a minute before their end", async () => {
    const clock = manualClock({ start: START, auto: false });

    const paths = await withMetadata(metadataAnswer({ expiresIn: 3_600 }), async ({ requests }) => {
      const credentials = gcpCredentials({ clock });
      const first = await credentials.headers();
      await clock.advance(3_539_000);
      expect(await credentials.headers()).toEqual(first);
      expect(requests).toHaveLength(1);
      await clock.advance(1_000);
      await credentials.headers();
      expect(first).toEqual({ authorization: "Bearer access" });
      return requests.map((request) => request.path);
    });

    expect(paths).toEqual(new Array(2).fill("/computeMetadata/v1/instance/service-accounts/default/token"));
  });

  it("are fetched once for all who wait", async () => {
    const count = await withMetadata(metadataAnswer(), async ({ requests }) => {
      const credentials = gcpCredentials();
      await Promise.all(Array.from({ length: 20 }, () => credentials.headers()));
      return requests.length;
    });

    expect(count).toBe(1);
  });

  it("are not lost to all because one gives up waiting", async () => {
    const controller = new AbortController();

    const [given, kept] = await withMetadata(
      (request, number) => {
        controller.abort(new Error("enough"));
        return metadataAnswer()(request, number);
      },
      async () => {
        const credentials = gcpCredentials();
        return Promise.all([errorOf(credentials.headers(controller.signal)), credentials.headers()]);
      },
    );

    expect(given).toMatchObject({ message: "enough" });
    expect(kept).toEqual({ authorization: "Bearer access" });
  });

  it("are fetched anew once they are forgotten, and after a failure", async () => {
    const tokens = await withMetadata(
      (request, number) =>
        number === 0 ? { status: 503, body: "starting" } : metadataAnswer({ token: `t${number}` })(request, number),
      async () => {
        const credentials = gcpCredentials();
        const failed = await errorOf(credentials.headers());
        const first = await credentials.headers();
        credentials.forget();
        return [gcpError(failed, place).code, first, await credentials.headers()];
      },
    );

    expect(tokens).toEqual(["unavailable", { authorization: "Bearer t1" }, { authorization: "Bearer t2" }]);
  });

  it("hold an identity token per audience", async () => {
    const clock = manualClock({ start: START, auto: false });

    const requests = await withMetadata(metadataAnswer({ now: START }), async (stub) => {
      const credentials = gcpCredentials({ clock });
      const tokens = [];
      for (const audience of ["https://a?x=1", "b", "b"]) tokens.push(await credentials.identityToken(audience));
      expect(tokens.map((token) => decodeJwt(token)?.claims["aud"])).toEqual(["https://a?x=1", "b", "b"]);
      return stub.requests.map((request) => request.path.replace(/^.*\//, ""));
    });

    expect(requests).toEqual([
      "identity?audience=https%3A%2F%2Fa%3Fx%3D1&format=full",
      "identity?audience=b&format=full",
    ]);
  });

  it("that are not to be had say what to do", async () => {
    const error = await withGcpEnvironment({ GCE_METADATA_HOST: "127.0.0.1:1" }, () =>
      errorOf(gcpCredentials().headers()),
    );

    expect(gcpError(error, place)).toMatchObject({ code: "credentials", retryable: true });
    expect(gcpError(error, place).message).toMatch(/gcloud auth application-default login/);
  });

  it("take their time, and no longer", async () => {
    const error = await withMetadata(
      () => "hang",
      () => errorOf(gcpCredentials({ timeoutMs: 20 }).headers()),
    );

    expect(gcpError(error, place).code).toBe("credentials");
  });
});

describe("an operator's credentials", () => {
  it("are the token that is given, read again each time", async () => {
    const headers = await withGcpEnvironment({ GOOGLE_OAUTH_ACCESS_TOKEN: "one" }, async () => {
      const credentials = gcpCredentials();
      const first = await credentials.headers();
      process.env["GOOGLE_OAUTH_ACCESS_TOKEN"] = "two";
      return [first, await credentials.headers(), await errorOf(credentials.identityToken("a"))];
    });

    expect(headers.slice(0, 2)).toEqual([{ authorization: "Bearer one" }, { authorization: "Bearer two" }]);
    expect(gcpError(headers[2], place).code).toBe("credentials");
  });

  it("are a person's refresh token, with the project that pays", async () => {
    const [headers, identity, form] = await withKeyFile(
      (token_uri) => ({
        ...{ type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" },
        ...{ quota_project_id: "q", token_uri },
      }),
      async (stub) => {
        const credentials = gcpCredentials();
        return [await credentials.headers(), await credentials.identityToken("a"), formOf(stub)];
      },
    );

    expect(headers).toEqual({ authorization: "Bearer access", "x-goog-user-project": "q" });
    expect(identity).toBe("e30.e30.x");
    expect(form).toEqual({ grant_type: "refresh_token", client_id: "c", client_secret: "s", refresh_token: "r" });
  });

  it("are a service account's key, which signs for them", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const private_key = privateKey.export({ type: "pkcs8", format: "pem" });

    const [assertion, uri] = await withKeyFile(
      (token_uri) => ({
        ...{ type: "service_account", client_email: "a@p.iam", private_key, private_key_id: "k" },
        token_uri,
      }),
      async (stub) => {
        expect(await gcpCredentials({ clock: manualClock({ start: START }) }).headers()).toEqual({
          authorization: "Bearer access",
        });
        return [formOf(stub)["assertion"]!, `${stub.endpoint}/token`];
      },
    );

    const { header, claims, content, signature } = decodeJwt(assertion)!;
    expect(header).toEqual({ alg: "RS256", typ: "JWT", kid: "k" });
    expect(claims).toEqual({
      ...{ iss: "a@p.iam", aud: uri, iat: START / 1_000, exp: START / 1_000 + 3_600 },
      scope: "https://www.googleapis.com/auth/cloud-platform",
    });
    expect(verify("RSA-SHA256", Buffer.from(content), publicKey, signature)).toBe(true);
  });

  it("that have expired say so", async () => {
    const error = await withKeyFile(
      (token_uri) => ({
        type: "authorized_user",
        client_id: "c",
        client_secret: "s",
        refresh_token: "r",
        token_uri,
      }),
      () => errorOf(gcpCredentials().headers()),
      () => ({ status: 400, body: { error: "invalid_grant", error_description: "Token has been revoked." } }),
    );

    expect(gcpError(error, place)).toMatchObject({ code: "credentials", coordinates: { error: "invalid_grant" } });
  });

  it.each(["{", "{}", '{"type":"external_account"}'])("must be of a kind that we know: %s", async (text) => {
    const error = await withFile(text, () => errorOf(gcpCredentials().headers()));

    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(/GOOGLE_OAUTH_ACCESS_TOKEN/);
  });

  it("are found where gcloud leaves them, but not in a function", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-gcloud-"));
    writeFileSync(path.join(folder, "application_default_credentials.json"), "{}");

    const errors: unknown[] = [];
    for (const extra of [{}, { K_SERVICE: "f", GCE_METADATA_HOST: "127.0.0.1:1" }])
      errors.push(
        await withGcpEnvironment({ CLOUDSDK_CONFIG: folder, ...extra }, () => errorOf(gcpCredentials().headers())),
      );
    rmSync(folder, { recursive: true });

    expect(errors[0]).toBeInstanceOf(ConfigError);
    expect(gcpError(errors[1], place).code).toBe("credentials");
  });
});

function withMetadata<T>(answer: GcpStubAnswer, test: (stub: GcpStub) => Promise<T>): Promise<T> {
  return withGcpStub(answer, (stub) =>
    withGcpEnvironment({ GCE_METADATA_HOST: stub.endpoint.replace("http://", "") }, () => test(stub)),
  );
}

async function withKeyFile<T>(
  key: (tokenUri: string) => object,
  test: (stub: GcpStub) => Promise<T>,
  answer: GcpStubAnswer = () => ({ body: { access_token: "access", id_token: "e30.e30.x", expires_in: 3_599 } }),
): Promise<T> {
  return withGcpStub(answer, (stub) => withFile(JSON.stringify(key(`${stub.endpoint}/token`)), () => test(stub)));
}

async function withFile<T>(text: string, test: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-key-"));
  const file = path.join(folder, "key.json");
  writeFileSync(file, text);
  try {
    return await withGcpEnvironment({ GOOGLE_APPLICATION_CREDENTIALS: file }, test);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function formOf({ requests }: GcpStub): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(requests[0]!.body.toString()));
}
