import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { InferenceSession } from "onnxruntime-node";
import { ConfigError, SluiceError } from "../../shared";
import { explainLoadFailure } from "./errors";

export type Runtime = typeof import("onnxruntime-node");

/** A use of a session that others may use too. */
export interface OpenModel {
  runtime: Runtime;
  session: InferenceSession;
  /** `sha256:` and the first 16 hexadecimal digits of the file's hash. */
  version: string;
  /** Ends this use; the last one frees the session's memory. */
  release(): Promise<void>;
}

interface Shared {
  users: number;
  session: Promise<InferenceSession>;
}

/** By content and thread count: a session costs tens of milliseconds and megabytes, and serves any number of pipelines. */
const sessions = new Map<string, Shared>();

/**
 * Opens a model file, or joins the session that already holds the same content.
 * @throws ConfigError if there is no such file or it is not a model this runtime can load; SluiceError `unavailable` if the disk or the memory fails.
 */
export async function openModel(file: string, threads: number): Promise<OpenModel> {
  const bytes = await readModel(file);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const runtime = await loadRuntime();

  const key = `${digest} ${threads}`;
  const shared = sessions.get(key) ?? share(key, createSession(runtime, bytes, threads));
  shared.users++;
  try {
    const session = await shared.session;
    return { runtime, session, version: `sha256:${digest.slice(0, 16)}`, release: releaseOnce(key, shared) };
  } catch (thrown) {
    throw explainLoadFailure(thrown, file, bytes);
  }
}

/** How many sessions this process holds. */
export function openSessions(): number {
  return sessions.size;
}

async function readModel(file: string): Promise<Buffer> {
  const where = `model file ${file}`;
  try {
    const bytes = await readFile(file);
    if (bytes.length > 0) return bytes;
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new ConfigError(
        "there is no such file.",
        where,
        "Check `model.file`; it is relative to the pipeline file.",
      );
    if (code === "EISDIR")
      throw new ConfigError("this is a directory.", where, "Name the .onnx file itself in `model.file`.");
    if (code === "EACCES" || code === "EPERM")
      throw new ConfigError("the file may not be read.", where, "Give this user the right to read it.");
    if (code === "ERR_FS_FILE_TOO_LARGE")
      throw new ConfigError(
        "the file is over 2 GiB, the most that one ONNX file can hold.",
        where,
        "Serve a model of that size from an endpoint.",
      );
    throw new SluiceError("unavailable", "infer", "The model file could not be read.", {
      adapter: "onnx",
      cause: thrown,
    });
  }
  throw new ConfigError("the file is empty.", where, "Export the model again, or copy it once more.");
}

async function loadRuntime(): Promise<Runtime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new ConfigError(
      `onnxruntime-node does not load on ${process.platform}/${process.arch}.`,
      "in-process inference",
      "Run `npm ci` on this platform, and with a bundle ship `onnxruntime-node` beside it; on Linux it needs glibc 2.28 or newer.",
      { cause },
    );
  }
}

function createSession(runtime: Runtime, bytes: Buffer, threads: number): Promise<InferenceSession> {
  return runtime.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // Fatal only. Errors reach us as exceptions; the log would repeat them on stderr, with values out of the rows.
    logSeverityLevel: 4,
  });
}

function share(key: string, session: Promise<InferenceSession>): Shared {
  const shared = { users: 0, session };
  sessions.set(key, shared);
  session.catch(() => sessions.delete(key));
  return shared;
}

function releaseOnce(key: string, shared: Shared): () => Promise<void> {
  let released = false;
  return async () => {
    if (released) return;
    released = true;
    if (--shared.users > 0) return;
    sessions.delete(key);
    await (await shared.session).release();
  };
}
