import { createHash, createHmac } from "node:crypto";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import type { KinesisStreamEvent } from "aws-lambda";
import { InferenceSession, Tensor } from "onnxruntime-node";
import pipeline from "../examples/card-fraud/pipeline";

/**
 * The least that a function can do: the card-fraud pipeline by hand, with nothing but Node and onnxruntime. No validation,
 * no bad events, no retries, no deadline, no metrics; requests signed here (AWS Signature Version 4).
 */
const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, SLUICE_TABLE } = process.env;
const OPERATION = "DynamoDB_20120810.BatchWriteItem";
const SIGNED = "content-type;host;x-amz-date;x-amz-target";
const TYPE = "application/x-amz-json-1.0";
const THRESHOLD = 0.38;

const endpoint = new URL(AWS_ENDPOINT_URL_DYNAMODB ?? `https://dynamodb.${AWS_REGION}.amazonaws.com`);
const { Agent, request } = endpoint.protocol === "https:" ? https : http;
const connections = new Agent({ keepAlive: true });
const features = Object.values(pipeline.features);

export const ready = open();

async function open() {
  const session = await InferenceSession.create(path.join(__dirname, "model.onnx"), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
  });
  await score(session, new Float32Array(features.length));

  return async ({ Records }: KinesisStreamEvent) => {
    const events = Records.map(({ kinesis }) => JSON.parse(Buffer.from(kinesis.data, "base64").toString()));
    const matrix = new Float32Array(events.length * features.length);
    for (const [row, event] of events.entries())
      for (const [column, feature] of features.entries()) matrix[row * features.length + column] = feature(event);
    const scores = await score(session, matrix);
    const items = events.map((event, row) => itemOf(event, scores[row * 2 + 1]!, matrix, row));
    const calls: Promise<void>[] = [];
    for (let from = 0; from < items.length; from += 25)
      calls.push(call(JSON.stringify({ RequestItems: { [SLUICE_TABLE ?? ""]: items.slice(from, from + 25) } })));
    await Promise.all(calls);
    return { batchItemFailures: [] };
  };
}

async function score(session: InferenceSession, matrix: Float32Array): Promise<Float32Array> {
  const input = new Tensor("float32", matrix, [matrix.length / features.length, features.length]);
  const { probabilities } = await session.run({ features: input }, ["probabilities"]);
  return probabilities!.data as Float32Array;
}

interface Transaction {
  transactionId: string;
  cardId: string;
  at: number;
}

function itemOf({ transactionId, cardId, at }: Transaction, score: number, matrix: Float32Array, row: number) {
  const bytes = features.length * 4;
  const Item = {
    pk: { S: cardId },
    sk: { S: transactionId },
    time: { N: String(at) },
    prediction: { M: { score: { N: String(score) }, flagged: { BOOL: score >= THRESHOLD } } },
    features: { B: Buffer.from(matrix.buffer, row * bytes, bytes).toString("base64") },
    model: { S: "1" },
    version: { S: "1" },
    storedAt: { N: String(Date.now()) },
  };
  return { PutRequest: { Item } };
}

function call(body: string): Promise<void> {
  const date = new Date().toISOString().replace(/[:-]|\.\d{3}/g, "");
  const headers = {
    "content-type": TYPE,
    "content-length": Buffer.byteLength(body),
    "x-amz-date": date,
    "x-amz-target": OPERATION,
    authorization: authorization(date, body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(endpoint, { agent: connections, method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200 && !text.includes('"PutRequest"')) resolve();
        else reject(new Error(text));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function authorization(date: string, body: string): string {
  const day = date.slice(0, 8);
  const scope = `${day}/${AWS_REGION}/dynamodb/aws4_request`;
  const named = `content-type:${TYPE}\nhost:${endpoint.host}\nx-amz-date:${date}\nx-amz-target:${OPERATION}\n`;
  const canonical = `POST\n/\n\n${named}\n${SIGNED}\n${sha256(body)}`;
  const dayKey = hmac(`AWS4${AWS_SECRET_ACCESS_KEY}`, day);
  const key = hmac(hmac(hmac(dayKey, AWS_REGION ?? ""), "dynamodb"), "aws4_request");
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${SIGNED}, Signature=${signature}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
