/** There is no token to be had. Its message says what to do, and holds no secret. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
}
