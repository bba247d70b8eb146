import { types } from "node:util";
import { ConfigError, clip, SluiceError } from "../../shared";

// onnxruntime's JavaScript errors carry no code: all that tells them apart is their text, as version 1.30 writes it.
const MEMORY = /failed to allocate|bad[ _]alloc|allocation failed|out of memory/i;
const UNSUITABLE =
  /invalid (dimension|rank|shape)|input data type|(dimension|shape|size)s? mismatch|incompatible (dimension|shape)|cannot be reshaped|broadcast|out of (data )?bounds/i;

const EXPORT_SKLEARN =
  'Export the model with skl2onnx: `convert_sklearn(model, initial_types=[("features", FloatTensorType([None, n]))])`, for a classifier with `options={"zipmap": False}`, and write its `SerializeToString()` to the file.';

/** Files that people have in their hands instead of an ONNX file, by their first bytes. */
const LOOKALIKES: readonly { starts: readonly string[]; what: string; fix: string }[] = [
  {
    starts: ["version https://git-lfs"],
    what: "this is a Git LFS pointer, not the model it points to.",
    fix: "Run `git lfs pull`.",
  },
  {
    // Pickle protocols 2 to 5; joblib may compress with zlib or gzip.
    starts: [..."\x02\x03\x04\x05"]
      .map((protocol) => `\x80${protocol}`)
      .concat("\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda", "\x1f\x8b"),
    what: "this is a Python pickle or joblib file, not ONNX.",
    fix: EXPORT_SKLEARN,
  },
  {
    starts: ["PK\x03\x04"],
    what: "this is a zip archive, as PyTorch and Keras save, not ONNX.",
    fix: 'Export it with `torch.onnx.export(model, example, file, dynamic_axes={"input": {0: "rows"}})` or with tf2onnx.',
  },
  {
    starts: ["\x89HDF"],
    what: "this is an HDF5 file, as Keras saves, not ONNX.",
    fix: "Export it with tf2onnx.",
  },
];

const TEXT = /^[\t\r\n\x20-\x7e]+$/;

const OLDER_EXPORT =
  "Export it for an older version, as in `convert_sklearn(..., target_opset=17)`, or update onnxruntime-node.";

/** What onnxruntime 1.30 says, and what to make of it. */
const COMPLAINTS: readonly { test: RegExp; what: (found: readonly string[]) => string; fix: string }[] = [
  {
    test: /model IR version: (\d+), max supported IR version: (\d+)/,
    what: ([, has, most]) => `the model has ONNX IR version ${has}, and this runtime reads up to ${most}.`,
    fix: OLDER_EXPORT,
  },
  {
    test: /Opset (\d+) is under development.*support for domain (\S+) is till opset (\d+)/s,
    what: ([, has, domain, most]) => `the model uses opset ${has} of ${domain}, and this runtime knows up to ${most}.`,
    fix: OLDER_EXPORT,
  },
  {
    test: /(\S+)\(-?\d+\) is not a registered function\/op/,
    what: ([, operator]) => `the model uses the operator ${operator}, which this runtime does not have.`,
    fix: "Export it with standard ONNX operators only.",
  },
  {
    test: /external data/i,
    what: () => "the model keeps its weights in a second file.",
    fix: "Save it as one file: `onnx.save(onnx.load(file), file, save_as_external_data=False)`.",
  },
];

/** Why onnxruntime did not load these bytes, as a mistake the user can mend; only a lack of memory is not one. */
export function explainLoadFailure(thrown: unknown, file: string, bytes: Buffer): ConfigError | SluiceError {
  const text = textOf(thrown);
  if (MEMORY.test(text))
    return new SluiceError("unavailable", "infer", "There is not enough memory to load the model.", {
      adapter: "onnx",
      cause: thrown,
    });

  const mistake = (what: string, fix: string) => new ConfigError(what, `model file ${file}`, fix, { cause: thrown });
  const start = bytes.toString("latin1", 0, 64);
  const lookalike = LOOKALIKES.find(({ starts }) => starts.some((prefix) => start.startsWith(prefix)));
  if (lookalike) return mistake(lookalike.what, lookalike.fix);
  if (TEXT.test(start))
    return mistake(
      "this is a text file, not ONNX.",
      "Name the .onnx file in `model.file`; models kept as text or JSON (XGBoost, LightGBM) are exported with onnxmltools.",
    );

  for (const { test, what, fix } of COMPLAINTS) {
    const found = test.exec(text);
    if (found) return mistake(what(found), fix);
  }
  if (!/protobuf/i.test(text))
    return mistake(`onnxruntime cannot load it: ${text}`, "Check it with `onnx.checker.check_model(file)`.");
  // An ONNX file starts with field 1 of its protobuf message, the IR version.
  return start.startsWith("\x08")
    ? mistake(
        `the ONNX file is truncated or damaged (${bytes.length} bytes).`,
        "Copy it once more, or export it again.",
      )
    : mistake("this is not an ONNX file.", "Name the exported .onnx file in `model.file`.");
}

/** What a failed run means for the rows. Texts about rows may quote their values, so those stay in the cause. */
export function runError(thrown: unknown): SluiceError {
  const text = textOf(thrown);
  const detail = { adapter: "onnx", cause: thrown };
  const where = /while running (\w+) node/.exec(text)?.[1];
  const at = where === undefined ? "" : ` in its ${where} operator`;
  if (MEMORY.test(text)) return new SluiceError("unavailable", "infer", `The model ran out of memory${at}.`, detail);
  if (UNSUITABLE.test(text))
    return new SluiceError("model-input", "infer", `The model refuses these features${at}.`, detail);
  return new SluiceError("internal", "infer", `The model failed${at}: ${text}`, detail);
}

/** What onnxruntime says, bounded and without the places in its source. */
export function textOf(thrown: unknown): string {
  // A native addon's errors may belong to another realm, where `instanceof` fails.
  const text = types.isNativeError(thrown) ? thrown.message : String(thrown);
  return clip(text.replace(/\/onnxruntime_src\/\S+ /g, "").trim());
}
