import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { shown } from "../adapters/shown";
import { type StackOutputs, stackOutputs } from "../adapters/stack-outputs";
import { ConfigError, clip, messageOf } from "../shared/errors";

export interface StackOptions {
  /** Name of a Pulumi stack. */
  stack: string;
  /** A file that holds the stack's outputs as JSON, instead of asking Pulumi. */
  outputs?: string | undefined;
}

const REDEPLOY = "Deploy it with this version of Sluice: `pulumi up --stack <name>`.";

/**
 * Where a deployed stack's stream, table and buckets are.
 * @throws ConfigError if Pulumi is not installed, does not know the stack, or the stack is not one of ours.
 */
export async function readOutputs({ stack, outputs }: StackOptions): Promise<StackOutputs> {
  const where = outputs === undefined ? `stack ${JSON.stringify(stack)}` : `file ${shown(path.resolve(outputs))}`;
  const text = outputs === undefined ? await askPulumi(stack, where) : readFile(outputs, where);
  const parsed = stackOutputs.safeParse(parseJson(text, where));
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map(({ path: at }) => at.join(".") || "an object");
  throw new ConfigError(`its outputs lack ${missing.join(", ")}.`, where, REDEPLOY);
}

function askPulumi(stack: string, where: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("pulumi", ["stack", "output", "--json", "--stack", stack], (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if ((error as NodeJS.ErrnoException).code === "ENOENT")
        return reject(
          new ConfigError(
            "the Pulumi CLI, which knows the stack, is not installed.",
            where,
            "Install it from https://www.pulumi.com/docs/install/, or give the outputs with `--outputs <file>`.",
          ),
        );
      const [said = ""] = stderr.trim().split("\n");
      return reject(
        new ConfigError(
          `Pulumi cannot read its outputs: ${clip(said.replace(/^error:\s*/, ""), 300)}.`,
          where,
          "Log in with `pulumi login`; `pulumi stack ls` shows the stacks of this directory's project.",
          { cause: error },
        ),
      );
    });
  });
}

function readFile(file: string, where: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(
      `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? messageOf(cause)}).`,
      where,
      "Make it with `pulumi stack output --json > <file>`.",
      { cause },
    );
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError("it is not JSON.", where, "Make it with `pulumi stack output --json > <file>`.", { cause });
  }
}
