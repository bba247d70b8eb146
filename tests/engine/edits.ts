import { appendFileSync } from "node:fs";
import path from "node:path";
import type { Workspace } from "./workspace";

/** The last field of a model's file may be given again: field 6, `doc_string`, of 4 bytes. The model stays the same model. */
const DOC_STRING = Buffer.from([0x32, 4, ...Buffer.from("2026")]);

/** Another version of the example's code. */
export function editCode(workspace: Workspace): void {
  workspace.edit("examples/card-fraud/pipeline.ts", "const ALERT = 0.8;", "const ALERT = 0.9;");
}

/** Another version of the example's model. */
export function editModel(workspace: Workspace): void {
  appendFileSync(path.join(workspace.folder, "examples/card-fraud/model.onnx"), DOC_STRING);
}
