import { afterEach, describe, expect, it } from "@jest/globals";
import { createEngine, definePipeline } from "sluice";
import * as z from "zod";
import { gcpInfer } from "../../../../adapters/gcp/infer";
import { openGcpStub } from "../../../support/gcp-stub";
import { manualClock } from "../../../support/manual-clock";
import { memoryState, openMemory } from "../../../support/memory";
import { delivery, json } from "../../../support/records";
import { afterwards, cleanUp, serving } from "../../functions/model-server/support";

afterEach(cleanUp);

describe("the engine with a Cloud Run model server", () => {
  it("dead-letters only the row that the model refuses", async () => {
    const server = await serving("lookup");
    const infer = gcpInfer({ pipeline: lookup, url: server.url, kind: "cloud-run" });
    const clock = manualClock();
    const { store, deadLetters, state } = openMemory(memoryState("test", 1, clock));
    const engine = createEngine({ pipeline: lookup, infer, store, deadLetters, clock, random: () => 0.5 });
    const events = Array.from({ length: 20 }, (_, i) => json({ id: `e${i}`, index: i === 13 ? 99 : i % 3 }));

    const outcome = await engine.processBatch(delivery(events));

    expect(outcome).toMatchObject({ received: 20, stored: 19, deadLettered: 1, reasons: { "model-input": 1 } });
    expect([...state.letters.values()].map(({ eventId }) => eventId)).toEqual(["e13"]);
  });

  it("blames nobody for an endpoint that is not there", async () => {
    const stub = await openGcpStub(() => ({ status: 404, body: "<html>" }));
    afterwards(() => stub.close());
    const infer = gcpInfer({ pipeline: lookup, url: stub.endpoint, kind: "cloud-run" });
    const clock = manualClock();
    const { store, deadLetters } = openMemory(memoryState("test", 1, clock));
    const engine = createEngine({ pipeline: lookup, infer, store, deadLetters, clock, random: () => 0.5 });

    const outcome = await engine.processBatch(delivery([json({ id: "e1", index: 1 })]));

    expect(outcome).toMatchObject({ firstRetry: 0, deadLettered: 0, retryCode: "unavailable" });
  });
});

/** Its model looks the first feature up in a table of three. */
const lookup = definePipeline({
  name: "lookup",
  event: z.object({ id: z.string(), index: z.number() }),
  id: ({ id }) => id,
  key: ({ id }) => id,
  time: () => 0,
  features: { index: ({ index }) => index, b: () => 0, c: () => 0, d: () => 0 },
  model: { file: "lookup.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: (output) => output.score() },
});
