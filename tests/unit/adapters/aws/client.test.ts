import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "@jest/globals";
import { clientConfig, lazyClient } from "../../../../adapters/aws/client";
import { awsException, type StubAnswer, withAwsStub } from "../../../support/aws-stub";
import { errorOf } from "../../../support/contract";

const list = new ListStreamsCommand({});

describe("client config", () => {
  it("speaks HTTP/1.1, also to Kinesis, and keeps the connection", async () => {
    const [versions, connections] = await withKinesis(
      () => ({ body: { StreamNames: [], HasMoreStreams: false } }),
      async (client, requests) => {
        for (let call = 0; call < 3; call++) await client.send(list);
        return [requests.length, new Set(requests.map(({ headers }) => headers.connection))] as const;
      },
    );

    expect(versions).toBe(3);
    expect(connections).toEqual(new Set(["keep-alive"]));
  });

  it("ends a request that gets no answer in time", async () => {
    const error = await withKinesis(
      () => "hang",
      (client) => errorOf(client.send(list)),
      { requestTimeoutMs: 30, maxAttempts: 1 },
    );

    expect(error).toMatchObject({ name: "TimeoutError" });
  });

  it("makes two attempts unless it is told otherwise", async () => {
    const attempts = async (maxAttempts?: number) =>
      withKinesis(
        () => awsException("InternalFailure", 500),
        async (client, requests) => {
          await errorOf(client.send(list));
          return requests.length;
        },
        { maxAttempts },
      );

    expect([await attempts(), await attempts(1), await attempts(3)]).toEqual([2, 1, 3]);
  });

  it("logs nothing", async () => {
    const { logger } = clientConfig();

    for (const log of Object.values(logger)) expect(log()).toBeUndefined();
  });

  it("puts the bucket's name into the path wherever the endpoint is not the region's own", async () => {
    const own = clientConfig({ region: "eu-central-1" });
    const given = clientConfig({ endpoint: "http://127.0.0.1:1" });
    process.env["AWS_ENDPOINT_URL_S3"] = "http://127.0.0.1:1";
    const inherited = clientConfig();
    delete process.env["AWS_ENDPOINT_URL_S3"];

    expect(own).toMatchObject({ forcePathStyle: false, region: "eu-central-1" });
    expect(own).not.toHaveProperty("endpoint");
    expect(given).toMatchObject({ forcePathStyle: true, endpoint: "http://127.0.0.1:1" });
    expect(inherited).toMatchObject({ forcePathStyle: true });
    expect(inherited).not.toHaveProperty("region");
    expect(new S3Client(given).config.forcePathStyle).toBe(true);
  });
});

describe("a lazy client", () => {
  it("is made once, at its first use, and closed", async () => {
    const log: string[] = [];
    const client = lazyClient(undefined, () => {
      log.push("made");
      return { destroy: () => log.push("destroyed") };
    });

    await client.close();
    const before = [...log];
    const made = [client.get(), client.get()];
    await client.close();

    expect(before).toEqual([]);
    expect(new Set(made).size).toBe(1);
    expect(log).toEqual(["made", "destroyed"]);
  });

  it("that was given is used, and left open", async () => {
    const given = {
      destroy: () => {
        throw new Error("not ours");
      },
    };
    const client = lazyClient(given, () => {
      throw new Error("not needed");
    });

    const used = client.get();
    await client.close();

    expect(used).toBe(given);
  });
});

async function withKinesis<T>(
  answer: StubAnswer,
  test: (client: KinesisClient, requests: readonly { headers: Record<string, unknown> }[]) => Promise<T>,
  options: { requestTimeoutMs?: number; maxAttempts?: number | undefined } = {},
): Promise<T> {
  return withAwsStub(answer, async ({ endpoint, requests }) => {
    const client = new KinesisClient(clientConfig({ endpoint, ...options }));
    try {
      return await test(client, requests);
    } finally {
      client.destroy();
    }
  });
}
