import { definePipeline } from "sluice";
import * as z from "zod";
import { decodeRequest, encodeRequest, encodeResponse } from "../../adapters/endpoint";
import { listen, readBody } from "../../emulators/listen";

/** Features per row: 20 kB. */
const WIDTH = 5_000;

/** Few rows of it are a long request. */
export const widePipeline = definePipeline({
  name: "wide",
  event: z.object({ id: z.string(), key: z.string(), at: z.number(), amount: z.number() }),
  id: ({ id }) => id,
  key: ({ key }) => key,
  time: ({ at }) => at,
  features: Object.fromEntries(
    Array.from({ length: WIDTH }, (_, i) => [`f${i}`, ({ amount }: { amount: number }) => amount + i]),
  ),
  model: { file: "wide.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: (output) => output.score() },
});

/** Bytes of a request for so many rows. */
export function wideRequestBytes(rows: number): number {
  return encodeRequest({ rows, width: WIDTH, data: new Float32Array(rows * WIDTH) }, 0, rows).length;
}

/** A model server whose model answers with a row's first feature. */
export async function openWideModel() {
  const lengths: number[] = [];
  const container = await listen(async (request, response) => {
    const body = (await readBody(request)) ?? Buffer.alloc(0);
    lengths.push(body.length);
    const { rows, width, data } = decodeRequest(body);
    const first = Float32Array.from({ length: rows }, (_, row) => data[row * width]!);
    response.end(encodeResponse({ model: "wide-1", rows, width, outputs: { score: { width: 1, data: first } } }));
  });
  return {
    endpoint: container.endpoint,
    /** Of the requests so far, bytes. */
    lengths,
    close: () => container.close(),
  };
}
