import { benchCase } from "./core";
import type { Shape } from "./workload";

/** `process.argv`: shape, records, options as JSON. Prints the result as JSON. */
const [shape, records, options] = process.argv.slice(2);

benchCase(shape as Shape, Number(records), JSON.parse(options ?? "{}")).then((result) =>
  process.stdout.write(JSON.stringify(result)),
);
