interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

/**
 * In the bundle this stands in for the SDK's chain of credential providers: Lambda gives a function its role's credentials
 * in the environment and nowhere else.
 */
export function defaultProvider(): () => Promise<Credentials> {
  return async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
    if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN };
    throw Object.assign(new Error("There are no credentials in the function's environment."), {
      // As the SDK's own, so that it is classified like them.
      name: "CredentialsProviderError",
    });
  };
}
