import type { PredictionValue } from "../../../shared/ports";

/** How a document holds what JSON cannot: `{ number: "-0" }`, or `{ utf16: base64 }` for text with a lone surrogate. */
type Tagged = { number: string } | { utf16: string };

/** A value as a document holds it. */
export type DocumentValue = PredictionValue | Tagged;

/** A value of a prediction as JSON text. */
export function valueText(value: PredictionValue): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "string") return String(value);
  return value.isWellFormed()
    ? JSON.stringify(value)
    : `{"utf16":"${Buffer.from(value, "utf16le").toString("base64")}"}`;
}

export function fromValue(value: DocumentValue): PredictionValue {
  if (typeof value !== "object" || value === null) return value;
  return "number" in value ? Number(value.number) : Buffer.from(value.utf16, "base64").toString("utf16le");
}

/** Cosmos DB keeps numbers as doubles, but JSON has no `NaN` and no `Infinity`, and -0 loses its sign on the way. */
function numberText(value: number): string {
  if (Number.isFinite(value) && !Object.is(value, -0)) return String(value);
  return `{"number":"${Object.is(value, -0) ? "-0" : value}"}`;
}
