import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** The file of an operator's credentials. None where the platform has a metadata server. */
export function keyFile(): string | undefined {
  const { GOOGLE_APPLICATION_CREDENTIALS: named, GCE_METADATA_HOST, K_SERVICE, CLOUDSDK_CONFIG, APPDATA } = process.env;
  if (named) return named;
  if (GCE_METADATA_HOST || K_SERVICE) return undefined;
  const folder = CLOUDSDK_CONFIG || path.join(APPDATA || path.join(os.homedir(), ".config"), "gcloud");
  const file = path.join(folder, "application_default_credentials.json");
  return existsSync(file) ? file : undefined;
}
