import path from "node:path";

/** Where the small ONNX files are; `make_models.py` beside them says what each computes. */
export const MODELS_DIR = path.resolve(__dirname, "../fixtures/models");

/** The absolute path of one of them: `modelPath("linear")`. */
export function modelPath(name: string): string {
  return path.join(MODELS_DIR, `${name}.onnx`);
}
