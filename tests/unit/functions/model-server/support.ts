import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { FeatureMatrix } from "sluice";
import { type Answer, decodeResponse, encodeRequest, REQUEST_TYPE, RESPONSE_TYPE } from "../../../../adapters/endpoint";
import { type ModelServer, type ModelServerOptions, startModelServer } from "../../../../functions/model-server/server";
import { modelPath } from "../../../support/models";

const opened: (() => Promise<unknown> | unknown)[] = [];

/** Puts away what the functions below opened, the last first: call it after each test. */
export async function cleanUp(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

/** For what a test opens itself. */
export function afterwards(close: () => Promise<unknown> | unknown): void {
  opened.push(close);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-model-server-"));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with a test model (by name) or any file (by path) as its `model.onnx`. */
export function modelFolder(model: string): string {
  const folder = temporaryFolder();
  copyFileSync(path.isAbsolute(model) ? model : modelPath(model), path.join(folder, "model.onnx"));
  return folder;
}

/** A server of a test model, which may still be loading. */
export async function starting(model: string, options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await startModelServer({ modelDirs: [modelFolder(model)], ...options });
  afterwards(() => server.close(0));
  return server;
}

/** A server of a test model that is ready. */
export async function serving(model: string, options: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await starting(model, options);
  await server.ready;
  return server;
}

/** Posts rows in binary. */
export function postRows(
  url: string,
  features: FeatureMatrix,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": REQUEST_TYPE, ...headers },
    body: new Uint8Array(encodeRequest(features, 0, features.rows)),
  });
}

/** What the server predicts, in binary both ways. */
export async function predictionOf(url: string, features: FeatureMatrix): Promise<Answer> {
  const response = await postRows(`${url}/invocations`, features, { accept: RESPONSE_TYPE });
  return decodeResponse(new Uint8Array(await response.arrayBuffer()));
}

export function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers });
}

/** The error in an answer. */
export async function refusal(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, ...error };
}
