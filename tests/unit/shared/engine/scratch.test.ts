import { describe, expect, it } from "@jest/globals";
import { type Chunk, clear, createScratchPool } from "../../../../shared/engine/scratch";
import { SluiceError } from "../../../../shared/errors";

function fill(chunk: Chunk): void {
  chunk.count = 1;
  chunk.ids.push("a");
  chunk.keys.push("k");
  chunk.times.push(1);
  chunk.truths?.push(1);
  chunk.events.push({ id: "a" });
  chunk.eventOf.push(0);
  chunk.features.rows = 1;
  chunk.features.data[0] = 7;
  chunk.rejects.push({ event: 1, error: new SluiceError("json", "decode", "x") });
}

const EMPTY = { count: 0, ids: [], keys: [], times: [], truths: [], events: [], eventOf: [], rejects: [] };

describe("the scratch pool", () => {
  it("makes empty chunks with room for every row", () => {
    const chunk = createScratchPool(10, 3, true).take();

    expect(chunk).toMatchObject({ ...EMPTY, features: { rows: 0, width: 3 } });
    expect(chunk.features.data).toHaveLength(30);
    expect(chunk.features.data).toBeInstanceOf(Float32Array);
  });

  it("has a column for the truth only where the pipeline measures quality", () => {
    const chunk = createScratchPool(1, 1, false).take();
    fill(chunk);

    clear(chunk);

    expect(chunk.truths).toBeUndefined();
  });

  it("reuses what was given back, emptied", () => {
    const pool = createScratchPool(1, 1, true);
    const first = pool.take();
    const { data } = first.features;
    fill(first);

    pool.giveBack(first);
    const second = pool.take();

    expect(second).toBe(first);
    expect(second).toMatchObject({ ...EMPTY, features: { rows: 0, width: 1 } });
    expect(second.features.data).toBe(data);
  });

  it("gives concurrent batches a chunk each", () => {
    const pool = createScratchPool(1, 1, true);

    const [first, second] = [pool.take(), pool.take()];

    expect(second).not.toBe(first);
    expect(second.features.data).not.toBe(first.features.data);
  });
});

describe("clear", () => {
  it("leaves the rejects that somebody still holds alone", () => {
    const chunk = createScratchPool(1, 1, true).take();
    fill(chunk);
    const { rejects } = chunk;

    clear(chunk);

    expect(rejects).toHaveLength(1);
    expect(chunk).toMatchObject(EMPTY);
  });
});
