import { SluiceError } from "../../shared/errors";
import { decodeUtf8, withoutByteOrderMark } from "../../shared/guards";
import type { FeatureMatrix, OutputColumn } from "../../shared/matrix";
import type { Answer } from "./response";

type Value = number | string | null;

/** What a JSON request looks like, for people who sent something else. */
const EXPECTED =
  'Send {"instances": [[...], ...]} (or "input_data") with one array of numbers per row, or binary rows as application/vnd.sluice.f32.';

/**
 * The matrix of a JSON request: `{"instances": [[...], ...]}` as Vertex AI has it, or `input_data` as Azure ML does.
 * `parameters` and other members are ignored. Numbers are rounded to float32.
 * @throws SluiceError `model-input` that says where the body is not that; it never quotes the body.
 */
export function decodeJsonRequest(bytes: Uint8Array, width: number): FeatureMatrix {
  const rows = rowsOf(bytes);
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    if (!Array.isArray(row)) throw refused(`Row ${i} is not an array.`);
    if (row.length !== width) throw refused(`Row ${i} has ${row.length} features; this model takes ${width}.`, "");
    for (const [j, value] of row.entries()) {
      if (typeof value !== "number" || !Number.isFinite(Math.fround(value)))
        throw refused(`Row ${i}, feature ${j} is not a finite 32-bit number.`);
      data[i * width + j] = value;
    }
  }
  return { rows: rows.length, width, data };
}

/**
 * `{"predictions": [{"score": 0.5, "probabilities": [0.2, 0.8]}, ...], "model": ..., "width": ...}`: one object per row; an
 * output of one value is that value. JSON has no NaN and no infinity: such a number is null.
 */
export function encodeJsonResponse({ model, rows, width, outputs }: Answer): string {
  const columns = Object.entries(outputs);
  const predictions: Record<string, Value | Value[]>[] = [];
  for (let row = 0; row < rows; row++)
    predictions.push(Object.fromEntries(columns.map(([name, column]) => [name, cell(column, row)])));
  return JSON.stringify({ predictions, model, width });
}

function rowsOf(bytes: Uint8Array): readonly unknown[] {
  if (bytes.length === 0) throw refused("The body is empty.");
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refused("The body is neither UTF-8 text nor binary rows.");
  let body: unknown;
  try {
    body = JSON.parse(withoutByteOrderMark(text));
  } catch {
    throw refused("The body is not JSON.");
  }
  const members = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const rows = members["instances"] ?? members["input_data"];
  if (!Array.isArray(rows)) throw refused("The body has no array `instances`.");
  return rows;
}

function cell({ width, data }: OutputColumn, row: number): Value | Value[] {
  if (width === 1) return data[row]!;
  return Array.from<Value>(data.slice(row * width, (row + 1) * width));
}

function refused(message: string, hint = EXPECTED): SluiceError {
  return new SluiceError("model-input", "infer", `${message} ${hint}`.trim());
}
