import type { InvocationRequest, TypedData } from "./rpc";

/** What @azure/functions makes of an invocation's data, for functions that run in this process. */
export function readTypedData(data: TypedData): unknown {
  if (data.string !== undefined) return parse(data.string);
  if (data.json !== undefined) return JSON.parse(data.json);
  if (data.collectionBytes) return data.collectionBytes.bytes.map((bytes) => Buffer.from(bytes));
  if (data.collectionString) return data.collectionString.string.map(parse);
  return data.collectionSint64?.sint64;
}

export function readTriggerMetadata({ triggerMetadata }: InvocationRequest): Record<string, unknown> {
  return lowerFirst(
    Object.fromEntries(Object.entries(triggerMetadata).map(([name, data]) => [name, readTypedData(data)])),
  ) as Record<string, unknown>;
}

/** Of all names at any depth, the user's own properties among them. */
function lowerFirst(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(lowerFirst);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.charAt(0).toLowerCase() + name.slice(1), lowerFirst(inner)]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
