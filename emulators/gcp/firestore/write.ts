import { isDeepStrictEqual } from "node:util";
import { RpcError } from "../../grpc/status";
import type { Documents } from "./documents";
import { checkFieldName, getField, parseFieldPath, withField } from "./field-path";
import type { Document, Fields, Precondition, Write, WriteResult } from "./model";
import { checkDocumentName } from "./name";
import { checkSize } from "./size";
import { canonicalTime } from "./time";
import { transform } from "./transform";
import { canonicalFields } from "./value";

/** Applies writes one after the other, all or none: each sees what those before it did. */
export function applyWrites(
  documents: Documents,
  database: string,
  writes: readonly Write[],
  now: string,
): WriteResult[] {
  const changed = new Map<string, Document | undefined>();
  const results = writes.map((write) => {
    const name = writtenName(write);
    checkDocumentName(name, database);
    const old = changed.has(name) ? changed.get(name) : documents.get(name);
    checkPrecondition(write.currentDocument, name, old);
    if (write.update === undefined) {
      changed.set(name, undefined);
      return {};
    }
    const { fields, transformResults } = newFields(write, old, now);
    // A write that changes nothing leaves the time as it is.
    const unchanged = old !== undefined && isDeepStrictEqual(old.fields, fields);
    const document = unchanged ? old : { name, fields, createTime: old?.createTime ?? now, updateTime: now };
    checkSize(document);
    changed.set(name, document);
    return { updateTime: document.updateTime, ...(transformResults.length === 0 ? {} : { transformResults }) };
  });
  for (const [name, document] of changed) {
    if (document === undefined) documents.delete(name);
    else documents.put(document);
  }
  return results;
}

/** The document that a write is about. */
export function writtenName(write: Write): string {
  const name = write.update?.name ?? write.delete;
  if (name === undefined) throw new RpcError("INVALID_ARGUMENT", "A write needs a document to update or to delete.");
  return name;
}

function newFields({ update, updateMask, updateTransforms = [] }: Write, old: Document | undefined, now: string) {
  const given = canonicalFields(update?.fields ?? {});
  let fields = updateMask === undefined ? given : merged(old?.fields ?? {}, given, updateMask.fieldPaths ?? []);
  const transformResults = updateTransforms.map((transformation) => {
    const path = parseFieldPath(transformation.fieldPath);
    path.forEach(checkFieldName);
    const { value, result } = transform(transformation, getField(fields, path), now);
    fields = withField(fields, path, value);
    return result;
  });
  return { fields, transformResults };
}

/** A field of the mask that is not given is deleted. */
function merged(old: Fields, given: Fields, mask: readonly string[]): Fields {
  return mask.map(parseFieldPath).reduce((fields, path) => withField(fields, path, getField(given, path)), old);
}

function checkPrecondition({ exists, updateTime }: Precondition = {}, name: string, old: Document | undefined): void {
  if ((exists === true || updateTime !== undefined) && old === undefined)
    throw new RpcError("NOT_FOUND", `No document to update: ${name}`);
  if (exists === false && old !== undefined) throw new RpcError("ALREADY_EXISTS", `Document already exists: ${name}`);
  if (updateTime !== undefined && canonicalTime(updateTime) !== old?.updateTime) {
    throw new RpcError(
      "FAILED_PRECONDITION",
      `the stored version (${old?.updateTime}) does not match the required base version (${updateTime})`,
    );
  }
}
