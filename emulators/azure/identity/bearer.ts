import type { IncomingMessage } from "node:http";
import { ApiFault } from "../../api-fault";
import type { IdentityEmulator } from "../identity";
import type { Refusal } from "./token";

const MESSAGES: Record<Refusal, string> = {
  missing: "The request has no bearer token.",
  invalid: "The signature of the token is not valid.",
  expired: "The token has expired.",
  audience: "The token is for another audience.",
};

/** Throws 401 without a token for this resource. Where there is no identity emulator, nobody is asked for one. */
export function checkBearer(
  identity: Pick<IdentityEmulator, "refusal"> | undefined,
  { headers }: IncomingMessage,
  resource: string,
): void {
  const refusal = identity?.refusal(headers.authorization, resource);
  if (refusal !== undefined) throw new ApiFault(401, "Unauthorized", MESSAGES[refusal]);
}
