import { describe, expect, it } from "@jest/globals";
import { transformed } from "../../../infra/transform";

interface Args {
  batchSize: number;
  enabled: boolean;
}

const args: Args = { batchSize: 100, enabled: true };

describe("a transform", () => {
  it("changes nothing if there is none", () => {
    expect(transformed(undefined, "mapping", args, { protect: true })).toEqual(["mapping", args, { protect: true }]);
  });

  it("overrides single arguments as an object", () => {
    const [, changed] = transformed({ batchSize: 10 }, "mapping", args, {});

    expect(changed).toEqual({ batchSize: 10, enabled: true });
  });

  it("changes arguments and options as a function that is told the name", () => {
    const names: string[] = [];

    const [name, changed, options] = transformed<Args>(
      (args, options, name) => {
        args.batchSize *= 2;
        options.protect = true;
        names.push(name);
      },
      "mapping",
      args,
      {},
    );

    expect(changed).toEqual({ batchSize: 200, enabled: true });
    expect(options).toEqual({ protect: true });
    expect(names).toEqual([name]);
  });

  it("leaves what it was given as it was", () => {
    const options = {};

    transformed<Args>(
      (args, options) => {
        args.enabled = false;
        options.protect = true;
      },
      "mapping",
      args,
      options,
    );

    expect(args).toEqual({ batchSize: 100, enabled: true });
    expect(options).toEqual({});
  });
});
