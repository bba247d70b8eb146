import { createEngine, definePipeline, type ErrorCode, type Infer, type Pipeline } from "sluice";
import * as z from "zod";
import { decodeRequest, encodeResponse } from "../../../../adapters/endpoint";
import type { Answer } from "../../../support/answers";
import type { StubReply } from "../../../support/http-stub";
import { manualClock } from "../../../support/manual-clock";
import { memoryState, openMemory } from "../../../support/memory";
import { pipelineFor } from "../../../support/onnx";

/** Two features, one score: what the services below answer to. */
export const two = pipelineFor("any.onnx", { features: 2 });

/** A model that adds up each row. */
export const sums: Answer = ({ body }) => ({ body: answerTo(body) });

/** A model whose output is not the pipeline's. */
export const otherOutput: Answer = ({ body }) => {
  const { rows, width } = decodeRequest(body);
  const other = { width: 1, data: new Float32Array(rows) };
  return { body: encodeResponse({ model: "v1", rows, width, outputs: { other } }) };
};

/** An answer to one row of two features whose last byte is missing. */
export function cutOff(): StubReply {
  const request = Buffer.alloc(20);
  request.write("SLF1");
  request.writeUInt32LE(1, 4);
  request.writeUInt32LE(2, 8);
  return { body: answerTo(request).subarray(0, -1) };
}

function answerTo(body: Uint8Array): Uint8Array {
  const { rows, width, data } = decodeRequest(body);
  const sum = (_: unknown, row: number) => data.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0);
  const score = { width: 1, data: Float32Array.from({ length: rows }, sum) };
  return encodeResponse({ model: "v1", rows, width, outputs: { score } });
}

/** How our own server says what is wrong. */
export function ownWords(code: ErrorCode, message = "In the server's own words.") {
  return { error: { code, message } };
}

/** An answer of our own server that nobody has wrapped. */
export function refusal(status: number, code: ErrorCode, message?: string) {
  return { status, body: ownWords(code, message) };
}

/** For the test model `lookup`, which looks the first feature up in a table of three. */
export const lookup = definePipeline({
  name: "lookup",
  event: z.object({ id: z.string(), index: z.number() }),
  id: ({ id }) => id,
  key: ({ id }) => id,
  time: () => 0,
  features: { index: ({ index }) => index, b: () => 0, c: () => 0, d: () => 0 },
  model: { file: "lookup.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: (output) => output.score() },
});

/** An engine with this model; all else is in memory. */
export function engineWith(pipeline: Pipeline, infer: Infer) {
  const clock = manualClock();
  const { store, deadLetters, state } = openMemory(memoryState("test", 1, clock));
  const engine = createEngine({ pipeline, infer, store, deadLetters, clock, random: () => 0.5 });
  return { engine, state };
}
