/** Where the peers of this run are: `npm run test:peers` starts them. */

/** `host:port` of pstest. */
export function pubsubPeer(): string {
  return required("SLUICE_PUBSUB_PEER");
}

/** URL of fake-gcs-server. */
export function storagePeer(): string {
  return required("SLUICE_STORAGE_PEER");
}

function required(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: run these tests with \`npm run test:peers\`.`);
  return value;
}
