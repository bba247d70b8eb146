/* As api.ts: all of this becomes text in the stack's state. */

/** A token for Azure's management, as the provider finds it: of the variables `ARM_...`, or of whoever is signed in. */
export async function accessToken(): Promise<string> {
  const { ClientAssertionCredential, ClientSecretCredential, DefaultAzureCredential } =
    require("@azure/identity") as typeof import("@azure/identity");
  const tenant = process.env["ARM_TENANT_ID"];
  const client = process.env["ARM_CLIENT_ID"];
  const secret = process.env["ARM_CLIENT_SECRET"];
  const assertion = assertionOf();
  const credential =
    tenant && client && secret
      ? new ClientSecretCredential(tenant, client, secret)
      : tenant && client && assertion
        ? new ClientAssertionCredential(tenant, client, assertion)
        : new DefaultAzureCredential();
  try {
    return (await credential.getToken("https://management.azure.com/.default")).token;
  } catch (thrown) {
    const { message } = thrown as Error;
    throw new Error(`There are no credentials for Azure: run \`az login\`, or set ARM_CLIENT_ID and so on. ${message}`);
  }
}

/** What a pipeline of GitHub or the like proves itself with: https://www.pulumi.com/registry/packages/azure-native/installation-configuration/ */
function assertionOf(): (() => Promise<string>) | undefined {
  const token = process.env["ARM_OIDC_TOKEN"];
  if (token) return async () => token;
  const file = process.env["ARM_OIDC_TOKEN_FILE_PATH"];
  if (file) return async () => (require("node:fs") as typeof import("node:fs")).readFileSync(file, "utf8").trim();
  const url = process.env["ARM_OIDC_REQUEST_URL"] ?? process.env["ACTIONS_ID_TOKEN_REQUEST_URL"];
  const bearer = process.env["ARM_OIDC_REQUEST_TOKEN"] ?? process.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  if (!url || !bearer) return undefined;
  return async () => {
    const asked = `${url}${url.includes("?") ? "&" : "?"}audience=${encodeURIComponent("api://AzureADTokenExchange")}`;
    const response = await fetch(asked, { headers: { authorization: `Bearer ${bearer}` } });
    if (!response.ok) throw new Error(`${new URL(url).host} gave no token: ${response.status}`);
    return ((await response.json()) as { value: string }).value;
  };
}
