import path from "node:path";
import { expect, it } from "@jest/globals";
import { ConfigError, type ErrorCode, type Infer, type Pipeline } from "sluice";
import { onnxInfer } from "../../../../adapters/onnx";
import cardFraud from "../../../../examples/card-fraud/pipeline";
import { type Answer, abortedMidway } from "../../../support/answers";
import { errorOf } from "../../../support/contract";
import type { HttpRequest, StubReply } from "../../../support/http-stub";
import { listed, matrix } from "../../../support/onnx";
import { delivery, json } from "../../../support/records";
import { EXAMPLES } from "../../examples/score";
import { afterwards } from "../../functions/model-server/support";
import { cutOff, engineWith, lookup, otherOutput, sums, two } from "./remote-model";

/** An adapter before a service that does as the test says; the test's `cleanUp` puts it away. */
type OnStub = (
  answer: Answer,
  options?: { requestTimeoutMs: number },
) => Promise<{ infer: Infer; requests: readonly HttpRequest[]; endpoint: string }>;

export interface RemoteInferSubject {
  stubbed: OnStub;
  /** Where each request goes. */
  route: string;
  /** The adapter before our own server, which has a test model (by name) or any file (by path). */
  deployed(pipeline: Pipeline, model: string): Promise<Infer>;
}

/** What every adapter does that asks a model server for predictions. */
export function remoteInfer({ stubbed, route, deployed }: RemoteInferSubject): void {
  it("gives what the model in process gives, bit for bit, and the same version", async () => {
    const dir = path.join(EXAMPLES, "card-fraud");
    const remote = await deployed(cardFraud, path.join(dir, "model.onnx"));
    const local = onnxInfer({ pipeline: cardFraud, baseDir: dir });
    afterwards(() => local.close());
    const width = cardFraud.featureNames.length;
    const data = Float32Array.from({ length: 200 * width }, (_, i) => ((i * 37) % 1_009) / 7);
    const features = { rows: 200, width, data };

    const [theirs, ours] = [await remote.infer(features), await local.infer(features)];

    expect(theirs).toEqual(ours);
    expect(await remote.warmUp()).toEqual(await local.warmUp());
  });

  it("is one request per matrix, to the server's route", async () => {
    const { infer, requests } = await stubbed(sums);

    const output = await infer.infer(matrix(...Array.from({ length: 1_000 }, (_, i) => [i, 1])));

    expect(listed(output["score"]).slice(0, 3)).toEqual([1, 2, 3]);
    expect(requests.map((request) => [request.method, request.path])).toEqual([["POST", route]]);
    expect(requests[0]?.headers).toMatchObject({
      "content-type": "application/vnd.sluice.f32",
      accept: "application/vnd.sluice.tensors",
    });
  });

  it("does not wait longer than it was told, and tries once", async () => {
    const { infer, requests } = await stubbed(() => "hang", { requestTimeoutMs: 30 });

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ code: "timeout", retryable: true });
    expect(requests).toHaveLength(1);
  });

  it("ends a request that is under way when its signal aborts", async () => {
    const { signal, hang } = abortedMidway();
    const { infer } = await stubbed(hang);

    const error = await errorOf(infer.infer(matrix([1, 2]), { signal }));

    expect(error).toMatchObject({ code: "cancelled", stage: "infer" });
  });

  it("has the engine dead-letter only the row that the model refuses", async () => {
    const { engine, state } = engineWith(lookup, await deployed(lookup, "lookup"));
    const events = Array.from({ length: 20 }, (_, i) => json({ id: `e${i}`, index: i === 13 ? 99 : i % 3 }));

    const outcome = await engine.processBatch(delivery(events));

    expect(outcome).toMatchObject({ received: 20, stored: 19, deadLettered: 1, reasons: { "model-input": 1 } });
    expect([...state.letters.values()].map(({ eventId }) => eventId)).toEqual(["e13"]);
    expect([...state.predictions.values()].map(({ prediction }) => prediction["score"])).toEqual(
      events.flatMap((_, i) => (i === 13 ? [] : [Math.fround([0.1, 0.2, 0.3][i % 3]!)])),
    );
  });

  it("has the engine blame nobody for an endpoint that is not there", async () => {
    const { infer } = await stubbed(() => ({ status: 404, body: "<html>" }));
    const { engine } = engineWith(two, infer);

    const outcome = await engine.processBatch(delivery([json({ id: "e1" })]));

    expect(outcome).toMatchObject({ firstRetry: 0, deadLettered: 0, retryCode: "unavailable" });
  });
}

export interface RemoteFailureSubject {
  stubbed: OnStub;
  adapter: string;
  /** What an endpoint is called in a message. */
  called: string;
  /** An answer of our own server, as the platform passes it on. */
  refusal(status: number, code: ErrorCode, message?: string): StubReply;
  /** Answers that only this platform gives, with what they are. */
  own: readonly (readonly [string, StubReply, ErrorCode])[];
}

/** What every such adapter says of an endpoint that fails. */
export function remoteInferFailures({ stubbed, adapter, called, refusal, own }: RemoteFailureSubject): void {
  it.each<readonly [string, StubReply, ErrorCode]>([
    ["a row that the server refuses", refusal(400, "model-input"), "model-input"],
    ["too many rows", refusal(413, "oversize"), "oversize"],
    ["an output that the server cannot cut into rows", refusal(422, "model-output"), "model-output"],
    ["a run that failed for no known reason", refusal(500, "internal"), "internal"],
    ["a server that is still loading", refusal(503, "cold-start"), "cold-start"],
    ["a server that is busy", refusal(503, "throttled"), "throttled"],
    ["an answer that is cut off", cutOff(), "internal"],
    ["a broken connection", "reset", "unavailable"],
    ...own,
  ])("by %s", async (_, reply, code) => {
    const { infer, requests } = await stubbed(() => reply);

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ code, stage: "infer" });
    // The engine tries again, not the client: its attempts would multiply with ours.
    expect(requests).toHaveLength(1);
  });

  it("says where, and what the server said", async () => {
    const message = "Row 1 has 3 features; this model takes 2.";
    const { infer, endpoint } = await stubbed(() => refusal(400, "model-input", message));

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ message, adapter, coordinates: { endpoint, modelStatus: 400 } });
  });

  it("names the endpoint and what to do when its model does not fit", async () => {
    const { infer, endpoint } = await stubbed(otherOutput);

    const error = await errorOf(infer.warmUp());

    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(called);
    expect(String(error)).toContain(endpoint);
    expect(String(error)).toContain("has no output `score`; it has other.");
  });
}

/** What such an adapter makes of an answer that asks to wait; with who gives it. */
export function passesOnPauses(
  stubbed: OnStub,
  replies: readonly (readonly [string, Exclude<StubReply, string>])[],
): void {
  it.each(replies)("passes on how long %s asks to wait", async (_, reply) => {
    const { infer } = await stubbed(() => ({ ...reply, headers: { ...reply.headers, "retry-after": "7" } }));

    const error = await errorOf(infer.infer(matrix([1, 2])));

    expect(error).toMatchObject({ retryAfterMs: 7_000 });
  });
}
