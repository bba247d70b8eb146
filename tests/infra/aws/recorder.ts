import { openRecorder } from "../recorder";

export type { Recorded } from "../recorder";

export const ACCOUNT = "123456789012";
export const REGION = "us-east-1";

export const record = openRecorder({
  stack: "aws",
  call: () => ({ accountId: ACCOUNT }),
  stateOf: (type, name, given) => {
    const [, module = ""] = type.split(":");
    const service = module.split("/")[0] ?? "";
    const arn = `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;
    return { arn, name, bucket: name, keyId: `${name}-key-id`, uuid: `${name}-uuid`, version: "7", ...given };
  },
});
