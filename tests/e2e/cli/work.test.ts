import { describe, expect, it } from "@jest/globals";
import { loadPipeline } from "../../../adapters/pipeline-file";
import { scratch, sluice, startSluice, storedPredictions } from "../../support/cli";

const WORK = ["work", "--lease", "1", "--json"];

describe("two `sluice work` processes on one database", () => {
  it("share its partitions, and when one is killed the other finishes its work: nothing lost, nothing twice", async () => {
    const cwd = scratch();
    const events = [...(loadPipeline().generate?.({ seed: 3, count: 6_000 }) ?? [])].map(({ body }) => String(body));
    const lines = events.filter((line) => line !== "" && !line.includes("\ufffd"));
    const half = lines.length >> 1;
    const send = (from: number, to: number) =>
      sluice(["send", "--events", "-"], { cwd, input: lines.slice(from, to).join("\n") });
    await send(0, 10);

    const first = startSluice(WORK, { cwd });
    const second = startSluice(WORK, { cwd });
    await Promise.all([first.says("waiting for events"), second.says("waiting for events")]);
    let isShared = false;
    const shared = Promise.all([first.says("stored"), second.says("stored")]).then(() => {
      isShared = true;
    });
    // Until both have had something to do, and so hold a partition each.
    let sent = 10;
    for (; !isShared && sent < half; sent += 200) await send(sent, sent + 200);
    await shared;
    first.process.kill("SIGKILL");
    await send(sent, lines.length);
    const third = await sluice([...WORK, "--until-drained"], { cwd });
    second.process.kill("SIGTERM");
    const { code, stdout } = await second.ended;

    expect(code).toBe(0);
    const done = JSON.parse(stdout).received + JSON.parse(third.stdout).received;
    expect(done).toBeGreaterThanOrEqual(lines.length - sent);
    const ids = new Set(lines.map(idOf).filter((id) => id !== undefined));
    const rows = await storedPredictions(cwd);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const letters = await sluice(["dead-letters", "list", "--limit", "all", "--json"], { cwd });
    const dead = letters.stdout.split("\n").filter((line) => line !== "");
    // An event is stored or dead-lettered; a malformed one may have an id as well.
    expect(rows.length).toBeLessThanOrEqual(ids.size);
    expect(rows.length + dead.length).toBe(new Set(lines).size);
  });
});

function idOf(line: string): string | undefined {
  try {
    return JSON.parse(line).transactionId;
  } catch {
    return undefined;
  }
}
