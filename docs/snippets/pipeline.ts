import { definePipeline } from "sluice";
import * as z from "zod";

export default definePipeline({
  name: "pump-watch",
  event: z.object({
    reading: z.string(),
    pump: z.string(),
    at: z.iso.datetime({ offset: true }),
    pressure: z.number(),
    temperature: z.number(),
    vibration: z.number(),
    failed: z.boolean().optional(),
  }),

  id: (event) => event.reading,
  key: (event) => event.pump,
  time: (event) => Date.parse(event.at),

  features: {
    pressure: (event) => event.pressure,
    temperature: (event) => event.temperature,
    vibration: (event) => event.vibration,
  },
  model: { file: "model.onnx", outputs: { score: { width: 1 } } },
  prediction: {
    risk: (output) => output.score(),
    inspect: (output) => output.score() > 0.9,
  },

  quality: { truth: (event) => event.failed, predicted: "inspect", score: "risk" },
  actions: [{ name: "call-maintenance", when: (prediction) => prediction.inspect }],
});
