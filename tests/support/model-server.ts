import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { startModelServer } from "../../functions/model-server/server";
import { modelPath } from "./models";

/** The model server with one of the test models, ready. */
export async function serveModel(model: string): Promise<{ url: string; close(): Promise<void> }> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-model-"));
  copyFileSync(modelPath(model), path.join(directory, "model.onnx"));
  const server = await startModelServer({ modelDirs: [directory] });
  await server.ready;
  return {
    url: server.url,
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}
