import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { S3Client } from "@aws-sdk/client-s3";
import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterEach } from "@jest/globals";
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** One attempt: what the service answers is what the test sees. */
const LOCAL = { region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" }, maxAttempts: 1 };

const clients: { destroy(): void }[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

function kept<Client extends { destroy(): void }>(client: Client): Client {
  clients.push(client);
  return client;
}

export function kinesisClient(endpoint: string): KinesisClient {
  return kept(new KinesisClient({ ...LOCAL, endpoint, requestHandler: new NodeHttpHandler() }));
}

export function dynamoDbClient(endpoint: string): DynamoDBClient {
  return kept(new DynamoDBClient({ ...LOCAL, endpoint }));
}

export function s3Client(endpoint: string): S3Client {
  return kept(new S3Client({ ...LOCAL, endpoint, forcePathStyle: true }));
}

export function eventBridgeClient(endpoint: string): EventBridgeClient {
  return kept(new EventBridgeClient({ ...LOCAL, endpoint }));
}

export function sageMakerClient(endpoint: string): SageMakerRuntimeClient {
  return kept(new SageMakerRuntimeClient({ ...LOCAL, endpoint }));
}
