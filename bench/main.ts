import { benchCore } from "./core";
import { benchInference } from "./inference";

async function main() {
  await benchCore((r) => {
    console.log(
      r.shape,
      r.records,
      r.bytes,
      Object.entries(r.against)
        .map(([k, x]) => `${k} ${x.ratio.toFixed(3)} (${x.referenceUs.toFixed(2)}/${x.ownUs.toFixed(2)})`)
        .join("  "),
    );
  });
  await benchInference((r) => console.log(r.batch, r.against.ratio.toFixed(3), r.against.ownUs.toFixed(2)));
}
main();
