import { describe, expect, it } from "@jest/globals";
import { valuesOf } from "../../../../adapters/onnx/columns";

describe("64-bit labels", () => {
  it("keep their sign", () => {
    const data = BigInt64Array.of(-1n, 0n, -2147483648n, 2147483647n);

    const values = valuesOf(data);

    expect(values).toEqual(Int32Array.of(-1, 0, -2147483648, 2147483647));
  });

  it.each([2147483648n, -2147483649n, 4294967296n, 10_000_000_000n, -9007199254740991n])(
    "that need more than 32 bits are kept: %s",
    (label) => {
      const values = valuesOf(BigInt64Array.of(1n, label));

      expect(values).toEqual(Float64Array.of(1, Number(label)));
    },
  );
});
