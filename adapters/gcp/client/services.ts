/** Services with an emulator variable of their own. */
export type GcpService = "pubsub" | "firestore" | "storage" | "bigquery";

export const OWN_ENDPOINTS: Readonly<Record<GcpService, string>> = {
  pubsub: "https://pubsub.googleapis.com",
  firestore: "https://firestore.googleapis.com",
  storage: "https://storage.googleapis.com",
  bigquery: "https://bigquery.googleapis.com",
};

/** The variables that Google's own libraries read: some hold `host:port`, some a URL. */
const VARIABLES: Readonly<Record<GcpService, string>> = {
  pubsub: "PUBSUB_EMULATOR_HOST",
  firestore: "FIRESTORE_EMULATOR_HOST",
  storage: "STORAGE_EMULATOR_HOST",
  bigquery: "BIGQUERY_EMULATOR_HOST",
};

/** Base URL of the service's emulator, if there is one. */
export function emulatorOf(service: GcpService): string | undefined {
  const host = process.env[VARIABLES[service]];
  if (host === undefined || host === "") return undefined;
  return host.includes("://") ? host : `http://${host}`;
}
