import assert from "node:assert/strict";
import { inCloud } from "./expect";
import type { Bench, Scenario } from "./scenario";

interface Mistake {
  title: string;
  config: Record<string, unknown>;
  /** What the message has to name: the key, and how to put it right. */
  key: string;
  fix: RegExp;
}

const MISTAKES: readonly Mistake[] = [
  { title: "unknown inference mode", config: { inference: "gpu" }, key: "sluice:inference", fix: /in-process/ },
  {
    title: "no shards",
    config: { streamMode: "provisioned", shards: 0 },
    key: "sluice:shards",
    fix: /1/,
  },
  {
    title: "fewer reserved functions than shards",
    config: { streamMode: "provisioned", shards: 8, reservedConcurrency: 4 },
    key: "sluice:reservedConcurrency",
    fix: /\d/,
  },
  { title: "missing model", config: { model: "models/none.onnx" }, key: "sluice:model", fix: /[Cc]orrect the path/ },
  { title: "bad region", config: { "aws:region": "us-esat-1" }, key: "aws:region", fix: /us-east-1/ },
  { title: "misspelt key", config: { infernce: "endpoint" }, key: "sluice:infernce", fix: /inference/ },
  { title: "endpoint without image", config: { inference: "endpoint" }, key: "sluice:modelImage", fix: /image/i },
];

/** Wrong configuration ends before anything is made, with one message that says where and what to do. */
export const scenario: Scenario = {
  cloud: "aws",
  name: "aws mistakes",

  async run(bench) {
    for (const mistake of MISTAKES) await refuse(bench, mistake);
  },
};

async function refuse({ pulumi, step, workspace }: Bench, { title, config, key, fix }: Mistake): Promise<void> {
  const committed = { "aws:region": "us-east-1" };
  workspace.configure(config);
  await step(title, pulumi.up, async ({ code, errors }) => {
    assert.notEqual(code, 0);
    assert.equal(errors.length, 1, `one message, and not: ${errors.join("\n")}`);
    const [message = ""] = errors;
    assert.ok(message.includes(key), `${message} names ${key}`);
    assert.match(message, fix);
    assert.doesNotMatch(message, /\n\s+at /, "no stack trace");
    assert.deepEqual(inCloud(await pulumi.state()), []);
    assert.deepEqual(workspace.cloud(), []);
  });
  workspace.configure({ ...Object.fromEntries(Object.keys(config).map((name) => [name, undefined])), ...committed });
}
