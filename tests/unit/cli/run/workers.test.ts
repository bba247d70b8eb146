import { EventEmitter } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { whenGone } from "../../../../cli/run/workers";

describe("whenGone", () => {
  it("waits for the last words of a child that has ended: a worker that said it was done is not taken for dead", () => {
    const child = Object.assign(new EventEmitter(), { connected: true });
    const gone: string[] = [];
    whenGone(child as never, (how) => gone.push(how));

    child.emit("exit", 0, null);
    const beforeLastWords = [...gone];
    child.connected = false;
    child.emit("disconnect");

    expect(beforeLastWords).toEqual([]);
    expect(gone).toEqual(["exit code 0"]);
  });

  it.each([
    [1, null, "exit code 1"],
    [null, "SIGKILL", "SIGKILL"],
  ])("says how, at once where nothing more can come: %s %s", (code, signal, how) => {
    const child = Object.assign(new EventEmitter(), { connected: false });
    const gone: string[] = [];
    whenGone(child as never, (how) => gone.push(how));

    child.emit("exit", code, signal);

    expect(gone).toEqual([how]);
  });
});
