import { createHmac } from "node:crypto";

/** The account that every Azurite has, and its key, which is no secret: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite#http-connection-strings */
export const ACCOUNT = "devstoreaccount1";
export const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const VERSION = "2021-12-02";
/** Later than any test. */
const EXPIRY = "2099-12-31T00:00:00Z";
/** Blobs and queues; service, container and object; all that one can do with them. */
const RIGHTS = { ss: "bq", srt: "sco", sp: "rwdlacupitfx" };

/** Query parameters that allow everything: https://learn.microsoft.com/rest/api/storageservices/create-account-sas */
export function accountSas(): string {
  const { ss, srt, sp } = RIGHTS;
  const text = [ACCOUNT, sp, ss, srt, "", EXPIRY, "", "", VERSION, "", ""].join("\n");
  const sig = createHmac("sha256", Buffer.from(KEY, "base64")).update(text).digest("base64");
  return new URLSearchParams({ sv: VERSION, ss, srt, sp, se: EXPIRY, sig }).toString();
}
