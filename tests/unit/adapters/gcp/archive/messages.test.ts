import { describe, expect, it } from "@jest/globals";
import { createSorter } from "../../../../../adapters/gcp/archive/messages";

const MEGABYTE = 1024 * 1024;

describe("messages of an object that is too large to be sorted at once", () => {
  it("are several partitions, each in order", () => {
    const sorter = createSorter("raw/a.avro", {});
    const data = Buffer.alloc(10 * MEGABYTE, "x");
    const portions: { partition: string; offset: string }[][] = [];

    for (let i = 9; i >= 0; i--) {
      sorter.add({ message_id: `m${i}`, publish_time: i * 1_000, data });
      if (sorter.isFull()) portions.push(sorter.take());
    }
    portions.push(sorter.take());

    expect(portions.map((portion) => portion.map(({ offset }) => offset))).toEqual([
      ["m3", "m4", "m5", "m6", "m7", "m8", "m9"],
      ["m0", "m1", "m2"],
    ]);
    expect(portions.map(([first]) => first?.partition)).toEqual(["raw/a.avro", "raw/a.avro#2"]);
  });

  it("count only as far as the query wants them", () => {
    const sorter = createSorter("raw/a.avro", { from: 5 });
    const data = Buffer.alloc(10 * MEGABYTE, "x");

    for (let i = 0; i < 10; i++) sorter.add({ message_id: `m${i}`, publish_time: 4_999, data });

    expect(sorter.isFull()).toBe(false);
    expect(sorter.take()).toEqual([]);
  });
});
