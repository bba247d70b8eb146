import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Lambda, type LambdaOptions, openLambda } from "../../../../../emulators/aws/lambda";

export interface Functions {
  /** A directory with a function of this one file, by default `index.mjs`. */
  write(source: string, file?: string): string;
  open(source: string, options?: Partial<LambdaOptions> & { file?: string }): Lambda & { logs: string[] };
  /** Ends all functions and removes their files. */
  close(): Promise<void>;
}

/** Functions in directories of their own. */
export function functions(): Functions {
  const directories: string[] = [];
  const opened: Lambda[] = [];
  const write = (source: string, file = "index.mjs") => {
    const directory = mkdtempSync(path.join(tmpdir(), "sluice-function-"));
    directories.push(directory);
    writeFileSync(path.join(directory, file), source);
    return directory;
  };
  return {
    write,
    open: (source, { file, ...options } = {}) => {
      const logs: string[] = [];
      const lambda = openLambda({
        directory: write(source, file),
        timeoutMs: 5_000,
        onLog: (line) => logs.push(line),
        ...options,
      });
      opened.push(lambda);
      return Object.assign(lambda, { logs });
    },
    close: async () => {
      await Promise.all(opened.map((lambda) => lambda.close()));
      for (const directory of directories) rmSync(directory, { recursive: true });
    },
  };
}

/** What an invocation rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (thrown) {
    return thrown as Error & Record<string, unknown>;
  }
  throw new Error("it did not reject");
}
