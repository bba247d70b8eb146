import { SluiceError } from "../../shared/errors";
import { asBuffer, decodeUtf8 } from "../../shared/guards";
import type { ModelOutput, OutputColumn } from "../../shared/matrix";
import { parsed } from "../look";
import { type Header, type OutputHeader, parseHeader, type ValueType } from "./header";

/** Media type of a response in binary. */
export const RESPONSE_TYPE = "application/vnd.sluice.tensors";

/** What a model server answers. */
export interface Answer {
  /** Version of the model that answered. */
  model: string;
  rows: number;
  /** Features per row that the model takes. */
  width: number;
  outputs: ModelOutput;
}

const LINE_BREAK = 0x0a;

/** A response is one line of JSON (a `Header`), and behind it the values of each output, one after the other. */
export function encodeResponse({ model, rows, width, outputs }: Answer): Uint8Array {
  const parts = Object.entries(outputs).map(([name, column]) => ({ name, column, ...encodeValues(column.data) }));
  const header: Header = {
    sluice: 1,
    model,
    rows,
    width,
    outputs: parts.map(({ name, column, type, bytes }) => ({ name, width: column.width, type, bytes: bytes.length })),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...parts.map(({ bytes }) => bytes)]);
}

/**
 * The answer in a response's bytes, copied out of them.
 * @throws SluiceError `internal` if they are not what their header says, such as the page of a proxy or half an answer.
 */
export function decodeResponse(bytes: Uint8Array): Answer {
  const end = bytes.indexOf(LINE_BREAK);
  const line = end === -1 ? undefined : decodeUtf8(bytes.subarray(0, end));
  const header = line === undefined ? undefined : parseHeader(line);
  if (header === undefined) throw unreadable("does not start with a header");

  const { model, rows, width } = header;
  const outputs = new Map<string, OutputColumn>();
  let at = end + 1;
  for (const output of header.outputs) {
    const values = bytes.subarray(at, at + output.bytes);
    at += output.bytes;
    outputs.set(output.name, { width: output.width, data: decodeValues(values, output, rows) });
  }
  if (at !== bytes.length) throw unreadable(`is ${bytes.length} bytes long instead of ${at}`);
  return { model, rows, width, outputs: Object.fromEntries(outputs) };
}

function encodeValues(data: OutputColumn["data"]): { type: ValueType; bytes: Uint8Array } {
  if (data instanceof Float32Array) return { type: "float32", bytes: memoryOf(data) };
  if (data instanceof Int32Array) return { type: "int32", bytes: memoryOf(data) };
  if (data instanceof Uint8Array) return { type: "uint8", bytes: data };
  if (data instanceof Float64Array) return { type: "float64", bytes: memoryOf(data) };
  // JSON, because it escapes what UTF-8 cannot hold: any string comes back as it was.
  if (isText(data)) return { type: "string", bytes: Buffer.from(JSON.stringify(data)) };
  return { type: "float64", bytes: memoryOf(Float64Array.from(data)) };
}

function decodeValues(bytes: Uint8Array, { name, width, type }: OutputHeader, rows: number): OutputColumn["data"] {
  const count = rows * width;
  if (type === "string") return decodeTexts(bytes, name, count);
  const size = { float32: 4, float64: 8, int32: 4, uint8: 1 }[type];
  if (bytes.length !== count * size)
    throw unreadable(`has ${bytes.length} bytes instead of ${count * size} in \`${name}\``);
  // A copy, for the alignment, and because the transport may use its buffer again.
  const { buffer } = new Uint8Array(bytes);
  if (type === "float32") return new Float32Array(buffer);
  if (type === "float64") return new Float64Array(buffer);
  return type === "int32" ? new Int32Array(buffer) : new Uint8Array(buffer);
}

function decodeTexts(bytes: Uint8Array, name: string, count: number): readonly string[] {
  const texts = parsed(asBuffer(bytes).toString());
  if (!Array.isArray(texts) || texts.length !== count || !texts.every((text) => typeof text === "string"))
    throw unreadable(`has no list of ${count} strings in \`${name}\``);
  return texts;
}

function memoryOf(data: Float32Array | Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function isText(data: readonly number[] | readonly string[]): data is readonly string[] {
  return typeof data[0] === "string";
}

function unreadable(what: string): SluiceError {
  return new SluiceError("internal", "infer", `The endpoint's answer ${what}.`);
}
