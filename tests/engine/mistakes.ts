import assert from "node:assert/strict";
import { inCloud } from "./expect";
import type { Bench } from "./scenario";

export interface Mistake {
  title: string;
  config: Record<string, unknown>;
  /** What the message has to name: the key, and how to put it right. */
  key: string;
  fix: RegExp;
}

/**
 * Wrong configuration ends before anything is made, with one message that says where and what to do.
 * @param right The configuration that is there when nothing is wrong.
 */
export async function refuseAll(
  bench: Bench,
  mistakes: readonly Mistake[],
  right: Record<string, unknown>,
): Promise<void> {
  for (const mistake of mistakes) await refuse(bench, mistake, right);
}

async function refuse(
  { pulumi, step, workspace }: Bench,
  { title, config, key, fix }: Mistake,
  right: Record<string, unknown>,
): Promise<void> {
  workspace.configure({ ...right, ...config });
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
  workspace.configure(Object.fromEntries(Object.keys(config).map((name) => [name, undefined])));
}
