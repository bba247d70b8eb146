import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = path.resolve(__dirname, "../../..");

describe("npm run parity", () => {
  it.each([
    [["--count", "0"], "--count"],
    [["--inference", "elsewhere"], "in-process, endpoint"],
    [["--pipeline", "nowhere.ts"], "nowhere.ts: there is no such file"],
  ])("ends with 2 and says what is wrong with %j", (args, named) => {
    const { status, stdout, stderr } = parity(...args);

    expect(status).toBe(2);
    expect(stderr).toContain(named);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe("");
  });

  it("says what it does", () => {
    const { status, stdout } = parity("--help");

    expect(status).toBe(0);
    expect(stdout).toContain("Sends the same events through every platform");
  });
});

function parity(...args: readonly string[]) {
  const command = ["--require", "./tools/register.cjs", "tools/parity.ts", ...args];
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8" });
}
