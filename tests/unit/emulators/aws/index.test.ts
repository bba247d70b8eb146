import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { ListShardsCommand } from "@aws-sdk/client-kinesis";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { expect, it } from "@jest/globals";
import { openAwsEmulators } from "../../../../emulators/aws";
import { opened } from "../opened";
import { dynamoDbClient, eventBridgeClient, kinesisClient, s3Client } from "./clients";

it("the environment names the services, which have what was provisioned", async () => {
  const aws = await opened(openAwsEmulators());
  const url = (service: string) => aws.environment[`AWS_ENDPOINT_URL_${service}`] ?? "";

  await aws.provision({ stream: "s", shards: 3, table: "predictions", bucket: "b", bus: "actions" });

  const { Shards } = await kinesisClient(url("KINESIS")).send(new ListShardsCommand({ StreamName: "s" }));
  const { Table } = await dynamoDbClient(url("DYNAMODB")).send(new DescribeTableCommand({ TableName: "predictions" }));
  const { $metadata } = await s3Client(url("S3")).send(new HeadBucketCommand({ Bucket: "b" }));
  const entry = { EventBusName: "actions", Source: "a", DetailType: "t", Detail: "{}" };
  await eventBridgeClient(url("EVENTBRIDGE")).send(new PutEventsCommand({ Entries: [entry] }));
  expect([Shards?.length, Table?.TableStatus, $metadata.httpStatusCode]).toEqual([3, "ACTIVE", 200]);
  expect(aws.services.eventbridge.events("actions")).toHaveLength(1);
});

it("each service is behind a proxy of its own", async () => {
  const aws = await opened(openAwsEmulators());
  await aws.provision({ stream: "s", bucket: "b" });
  aws.faults.kinesis.set(() => ({ kind: "reset" }));

  const list = kinesisClient(aws.endpoints.kinesis).send(new ListShardsCommand({ StreamName: "s" }));

  await expect(list).rejects.toThrow(/ECONNRESET/);
  await s3Client(aws.endpoints.s3).send(new HeadBucketCommand({ Bucket: "b" }));
  expect([aws.faults.kinesis.requests.reset, aws.faults.s3.requests.pass]).toEqual([1, 1]);
});
