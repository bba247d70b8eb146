import { RpcError } from "../../grpc/status";
import type { Document, Fields, Value } from "./model";
import { idsOf } from "./name";
import { kindOf } from "./value";

/** 1 MiB: https://cloud.google.com/firestore/quotas#limits */
const MAX_DOCUMENT_BYTES = 1_048_576;

/** Size as the service counts it: https://cloud.google.com/firestore/docs/storage-size */
export function documentBytes({ name, fields }: Pick<Document, "name" | "fields">): number {
  return nameBytes(name) + fieldsBytes(fields);
}

export function checkSize(document: Pick<Document, "name" | "fields">): void {
  const bytes = documentBytes(document);
  if (bytes <= MAX_DOCUMENT_BYTES) return;
  throw new RpcError(
    "INVALID_ARGUMENT",
    `Document "${document.name}" cannot be written because its size (${grouped(bytes)} bytes) exceeds the maximum allowed size of ${grouped(MAX_DOCUMENT_BYTES)} bytes.`,
  );
}

function nameBytes(name: string): number {
  return idsOf(name).reduce((sum, id) => sum + textBytes(id), 16);
}

/** Of a document and of a map alike. */
function fieldsBytes(fields: Fields): number {
  let sum = 32;
  for (const name in fields) sum += textBytes(name) + valueBytes(fields[name]!);
  return sum;
}

function valueBytes(value: Value): number {
  switch (kindOf(value)) {
    case "nullValue":
    case "booleanValue":
      return 1;
    case "integerValue":
    case "doubleValue":
    case "timestampValue":
      return 8;
    case "geoPointValue":
      return 16;
    case "stringValue":
      return textBytes(value.stringValue!);
    case "bytesValue":
      return Buffer.byteLength(value.bytesValue!, "base64");
    case "referenceValue":
      return nameBytes(value.referenceValue!);
    case "arrayValue":
      return (value.arrayValue?.values ?? []).reduce((sum, item) => sum + valueBytes(item), 0);
    case "mapValue":
      return fieldsBytes(value.mapValue?.fields ?? {});
  }
}

function textBytes(text: string): number {
  return Buffer.byteLength(text) + 1;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
