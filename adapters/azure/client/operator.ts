import type { DefaultAzureCredential } from "@azure/identity";
import type { Clock } from "../../../shared/clock";
import { lazy } from "../../lazy";
import type { Token } from "../../rest/token";
import { CredentialError } from "./credential-error";

/** `az` alone may take ten seconds, and it is not the first that is asked. */
const TIMEOUT_MS = 30_000;

/** 90 ms of loading that a function does without. */
const credential = lazy(async (): Promise<DefaultAzureCredential> => {
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new DefaultAzureCredential();
});

/** A token of whoever is signed in: environment variables, `az login`, `azd auth login` ... */
export async function operatorToken(scope: string, clock: Clock): Promise<Token> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { token, expiresOnTimestamp } = await (await credential()).getToken(scope, { abortSignal: signal });
    return { value: token, lifetimeMs: expiresOnTimestamp - clock.now() };
  } catch (cause) {
    throw new CredentialError("Nobody is signed in to Azure. Run `az login`, or set AZURE_CLIENT_ID and its secret.", {
      cause,
    });
  }
}
