import { spawn } from "node:child_process";
import path from "node:path";

export interface SpawnOptions {
  /** For its standard input. */
  input?: string;
  /** For Node. */
  flags?: string[];
  /** Beside this process's own. */
  environment?: Readonly<Record<string, string>>;
}

/** Runs a script of this folder in a process of its own; its standard output. */
export function script(name: string, args: string[], options: SpawnOptions = {}): Promise<string> {
  const register = path.join(__dirname, "..", "tools", "register.cjs");
  return output(["--require", register, path.join(__dirname, name), ...args], options);
}

/** Runs Node with these arguments; its standard output. Throws if it fails. */
export function output(
  args: string[],
  { input = "", flags = [], environment = {} }: SpawnOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(process.execPath, [...flags, ...args], { stdio: ["pipe", "pipe", "inherit"], env });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${args.join(" ")} ended with ${code}`)),
    );
    child.stdin.end(input);
  });
}
