import { BatchWriteItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "sluice";
import { openAwsEmulators } from "../../../../emulators/aws";
import { awsErrors, failing, partial, seededFaults } from "../../../../emulators/aws/faults";
import type { RequestHead, Rule } from "../../../../emulators/http-faults";
import { openHttpFaults } from "../../../../emulators/http-faults";
import { opened } from "../opened";
import { dynamoDbClient, eventBridgeClient, kinesisClient, s3Client, sageMakerClient } from "./clients";

/** A request of each service; nobody stands behind the proxy. */
const requests: Record<string, (endpoint: string) => Promise<unknown>> = {
  kinesis: (endpoint) => kinesisClient(endpoint).send(new ListShardsCommand({ StreamName: "s" })),
  dynamodb: (endpoint) => dynamoDbClient(endpoint).send(new BatchWriteItemCommand({ RequestItems: { t: [] } })),
  s3: (endpoint) => s3Client(endpoint).send(new GetObjectCommand({ Bucket: "b", Key: "k" })),
  eventbridge: (endpoint) => eventBridgeClient(endpoint).send(new PutEventsCommand({ Entries: [] })),
  sagemaker: (endpoint) =>
    sageMakerClient(endpoint).send(new InvokeEndpointCommand({ EndpointName: "e", Body: new Uint8Array() })),
};

async function emulators() {
  const aws = await opened(openAwsEmulators());
  await aws.provision({ stream: "s", shards: 1, table: "predictions", bus: "actions" });
  return aws;
}

const record = (text: string) => ({ PartitionKey: text, Data: Buffer.from(text) });
const item = (sk: string) => ({ pk: { S: "a" }, sk: { S: sk } });
const every = (n: number) => (_: unknown, position: number) => position % n === 0;

describe("an error", () => {
  it.each([
    ["kinesis", "throttled", "ProvisionedThroughputExceededException", 400],
    ["kinesis", "unavailable", "ServiceUnavailable", 503],
    ["kinesis", "expired", "ExpiredTokenException", 400],
    ["dynamodb", "throttled", "ProvisionedThroughputExceededException", 400],
    ["dynamodb", "internal", "InternalServerError", 500],
    ["dynamodb", "denied", "AccessDeniedException", 400],
    ["s3", "throttled", "SlowDown", 503],
    ["s3", "internal", "InternalError", 500],
    ["s3", "denied", "AccessDenied", 403],
    ["s3", "expired", "ExpiredToken", 400],
    ["eventbridge", "throttled", "ThrottlingException", 400],
    ["eventbridge", "internal", "InternalException", 500],
    ["sagemaker", "throttled", "ThrottlingException", 429],
    ["sagemaker", "unavailable", "ServiceUnavailable", 503],
    ["sagemaker", "dependency", "InternalDependencyException", 530],
  ] as const)("of %s, %s, is %s to the SDK", async (service, error, name, status) => {
    const proxy = await opened(openHttpFaults({ target: "http://127.0.0.1:1", rule: failing(error) }));

    await expect(requests[service]?.(proxy.endpoint)).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: status },
    });
  });

  it.each(Object.keys(requests))("of %s has a message the SDK can read, whatever it is", async (service) => {
    for (const error of awsErrors) {
      const proxy = await opened(openHttpFaults({ target: "http://127.0.0.1:1", rule: failing(error) }));

      const thrown = await requests[service]?.(proxy.endpoint).catch((reason: Error) => reason.message);

      expect([error, thrown]).toEqual([error, expect.stringMatching(/ |rate/i)]);
    }
  });
});

describe("a partial failure", () => {
  it("of PutRecords keeps the positions, counts, and stores exactly the others", async () => {
    const { faults, endpoints } = await emulators();
    faults.kinesis.set(partial(every(3)));
    const client = kinesisClient(endpoints.kinesis);

    const { FailedRecordCount, Records = [] } = await client.send(
      new PutRecordsCommand({ StreamName: "s", Records: ["0", "1", "2", "3", "4"].map(record) }),
    );

    expect(FailedRecordCount).toBe(2);
    expect(Records.map(({ ErrorCode, SequenceNumber }) => ErrorCode ?? typeof SequenceNumber)).toEqual([
      "ProvisionedThroughputExceededException",
      "string",
      "string",
      "InternalFailure",
      "string",
    ]);
    expect(await stored(client)).toEqual(["1", "2", "4"]);
  });

  it("of all records is an answer of the service too, and stores nothing", async () => {
    const { faults, endpoints } = await emulators();
    faults.kinesis.set(partial(() => "InternalFailure"));
    const client = kinesisClient(endpoints.kinesis);

    const answer = await client.send(new PutRecordsCommand({ StreamName: "s", Records: [record("0"), record("1")] }));

    expect([answer.FailedRecordCount, answer.Records?.map(({ ErrorCode }) => ErrorCode)]).toEqual([
      2,
      ["InternalFailure", "InternalFailure"],
    ]);
    expect(await stored(client)).toEqual([]);
  });

  it("leaves an error of the whole request as it is", async () => {
    const { faults, endpoints } = await emulators();
    faults.kinesis.set(partial(every(2)));

    const put = kinesisClient(endpoints.kinesis).send(
      new PutRecordsCommand({ StreamName: "unknown", Records: [record("0"), record("1")] }),
    );

    await expect(put).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("of BatchWriteItem gives back what was not written, and writes the others", async () => {
    const { faults, endpoints } = await emulators();
    faults.dynamodb.set(partial(every(2)));
    const client = dynamoDbClient(endpoints.dynamodb);
    const writes = ["0", "1", "2"].map((sk) => ({ PutRequest: { Item: item(sk) } }));

    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { predictions: writes } }),
    );
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: "predictions",
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "a" } },
      }),
    );

    expect(UnprocessedItems).toEqual({ predictions: [writes[0], writes[2]] });
    expect(Items).toEqual([item("1")]);
  });

  it("of every item of BatchWriteItem is an error, as in the service", async () => {
    const { faults, endpoints } = await emulators();
    faults.dynamodb.set(partial(() => true));

    const write = dynamoDbClient(endpoints.dynamodb).send(
      new BatchWriteItemCommand({ RequestItems: { predictions: [{ PutRequest: { Item: item("0") } }] } }),
    );

    await expect(write).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
  });

  it("of PutEvents counts the service's own failures as well", async () => {
    const { faults, endpoints, services } = await emulators();
    faults.eventbridge.set(partial(every(3)));
    const entry = (Source: string) => ({ EventBusName: "actions", Source, DetailType: "t", Detail: "{}" });

    const answer = await eventBridgeClient(endpoints.eventbridge).send(
      new PutEventsCommand({ Entries: [entry("0"), entry("1"), entry("aws.2")] }),
    );

    expect([answer.FailedEntryCount, answer.Entries?.map(({ ErrorCode }) => ErrorCode)]).toEqual([
      2,
      ["ThrottlingException", undefined, "NotAuthorizedForSourceException"],
    ]);
    expect(services.eventbridge.events("actions").map(({ source }) => source)).toEqual(["1"]);
  });
});

describe("faults at random", () => {
  const rates = { throttled: 0.1, internal: 0.1, reset: 0.1, lose: 0.1, delay: 0.1, partial: 0.1 };
  const head = (target: string): RequestHead => ({
    method: "POST",
    path: "/",
    headers: { "x-amz-target": target },
    index: 0,
  });
  const drawn = (rule: Rule, count: number) =>
    Array.from({ length: count }, () => rule(head("Kinesis_20131202.PutRecords"))?.kind ?? "pass");

  it("are the same for the same seed, and others for another", () => {
    const draws = [1, 1, 2].map((seed) => drawn(seededFaults({ random: seededRandom(seed), rates }).rule, 100));

    expect(draws[0]).toEqual(draws[1]);
    expect(draws[0]).not.toEqual(draws[2]);
  });

  it("come about as often as they are meant to", () => {
    const kinds = drawn(seededFaults({ random: seededRandom(1), rates }).rule, 10_000);

    const share = (kind: string) => kinds.filter((drawnKind) => drawnKind === kind).length / kinds.length;
    expect(share("pass")).toBeCloseTo(0.4, 1);
    expect(share("reply")).toBeCloseTo(0.2, 1);
    for (const kind of ["reset", "lose", "delay", "split"]) expect(share(kind)).toBeCloseTo(0.1, 1);
  });

  it("pass a request that cannot fail in part", () => {
    const { rule } = seededFaults({ random: seededRandom(1), rates: { partial: 1 } });

    expect(rule(head("Kinesis_20131202.ListShards"))).toBeUndefined();
  });

  it("end when they are healed", () => {
    const faults = seededFaults({ random: seededRandom(1), rates: { reset: 1 } });
    const before = drawn(faults.rule, 3);

    faults.heal();

    expect([before, drawn(faults.rule, 3)]).toEqual([
      ["reset", "reset", "reset"],
      ["pass", "pass", "pass"],
    ]);
  });
});

/** Everything in the only shard, past any fault of the writes. */
async function stored(client: KinesisClient): Promise<string[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName: "s",
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data }) => Buffer.from(Data ?? []).toString());
}
