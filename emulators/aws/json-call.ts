/** Any signature will do: the emulators look for its form only. */
const SIGNATURE =
  "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=0";

export interface JsonCall {
  endpoint: string;
  /** Version of the protocol: Kinesis speaks 1.1, DynamoDB 1.0. */
  version: "1.0" | "1.1";
  /** Service and operation, such as `Kinesis_20131202.CreateStream`. */
  target: string;
  input: object;
}

/** One call in the AWS JSON protocol, for the set-up of an emulator: loading an SDK client takes longer than starting one. */
export async function jsonCall<Output>({ endpoint, version, target, input }: JsonCall): Promise<Output> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": `application/x-amz-json-${version}`,
      "x-amz-target": target,
      "x-amz-date": "20260101T000000Z",
      authorization: SIGNATURE,
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text}`);
  return (text === "" ? {} : JSON.parse(text)) as Output;
}
