import { describe, expect, it } from "@jest/globals";
import { definePipeline, partitionOf } from "sluice";
import { loadPipeline } from "../../../../adapters/pipeline-file";
import { createRouter } from "../../../../cli/events/route";
import { GOOD } from "../../../support/definition";

const pipeline = definePipeline({ ...GOOD, key: (event) => event.id });

describe("the routing key of an event from a file", () => {
  it("is the pipeline's", () => {
    const route = createRouter(pipeline, 4);

    expect(route('{"id":"card-1","amount":1}')).toBe("card-1");
    expect(route(Buffer.from('{"id":"card-1","amount":1}'))).toBe("card-1");
  });

  it("does not ask whether the event is valid: that is for the workers to say", () => {
    expect(createRouter(pipeline, 4)('{"id":"card-1"}')).toBe("card-1");
  });

  it.each(["{oops", "", "null", '{"id":7}', '{"id":""}', '{"id":"a\\u0000b"}', `{"id":"${"x".repeat(70_000)}"}`])(
    "of %.20j comes from its content, the same each time",
    (body) => {
      const route = createRouter(pipeline, 4);

      expect(route(body)).toBe(route(body));
      expect(route(body)).toMatch(/^~[0-9a-z]+$/);
    },
  );

  it("of what is not UTF-8 comes from its bytes", () => {
    const route = createRouter(pipeline, 4);

    expect(route(Uint8Array.of(0xff, 1))).not.toBe(route(Uint8Array.of(0xff, 2)));
  });

  it("spreads events without a key over the partitions", () => {
    const route = createRouter(pipeline, 4);

    const partitions = new Set(Array.from({ length: 100 }, (_, i) => partitionOf(route(`broken ${i}`), 4)));

    expect(partitions.size).toBe(4);
  });

  it("is not looked for where there is one partition", () => {
    const never = () => {
      throw new Error("asked");
    };

    expect(createRouter({ ...loadPipeline().pipeline, key: never }, 1)('{"cardId":"c"}')).toBe("");
  });
});
