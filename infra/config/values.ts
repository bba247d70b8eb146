import * as z from "zod";

/**
 * The kinds of value that a stack's configuration knows. Pulumi hands over every value as text, lists and maps as JSON.
 * A message completes the sentence that starts with the value: `"ten" is not a whole number from 1 to 300`.
 */

export interface Scale {
  min: number;
  /** Above `min`: scales between the two with the load. */
  max: number;
}

export function wholeNumber(least: number, most: number) {
  return value((text) => wholeWithin(text, least, most), `is not a whole number from ${least} to ${most}`);
}

/** One of some numbers, where a service takes no others. */
export function oneOf(numbers: readonly number[]) {
  return value(
    (text) => numbers.find((number) => String(number) === text),
    `is not one of ${numbers.slice(0, -1).join(", ")} or ${numbers.at(-1)}`,
  );
}

export function amount(least: number) {
  return value(
    (text) => (/^\d+(\.\d+)?$/.test(text) && Number(text) >= least ? Number(text) : undefined),
    `is not an amount from ${least} on`,
  );
}

const FLAGS = new Map([
  ["true", true],
  ["false", false],
]);

export function flag() {
  return value((given) => FLAGS.get(given), "is neither true nor false");
}

export function choice<const Name extends string>(names: readonly Name[]) {
  return value(
    (text) => names.find((name) => name === text),
    `is not one of ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`,
  );
}

export function text(pattern: RegExp, is: string) {
  return value((given) => (pattern.test(given) ? given : undefined), `is not ${is}`);
}

/** A number of instances to keep warm, or `{"min": 1, "max": 10}`. */
export function scale(most: number) {
  return value(
    (given) => scaleOf(given, most),
    `is neither a whole number from 1 to ${most} nor { min, max } with two of them`,
  );
}

export function tags() {
  const tag = z.record(
    // https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html, the strictest of the three clouds that a map of texts can meet
    z.string().regex(/^(?!aws:)[\p{L}\p{N} _.:/=+@-]{1,128}$/iu),
    z.string().regex(/^[\p{L}\p{N} _.:/=+@-]{0,256}$/u),
  );
  return value(
    (given) => tag.refine((map) => Object.keys(map).length <= 40).safeParse(parseJson(given)).data,
    "is not a map of up to 40 names to texts",
  );
}

function value<Value>(read: (text: string) => Value | undefined, complaint: string) {
  return z.string().transform((given, context): Value => {
    const result = read(given.trim());
    if (result !== undefined) return result;
    context.addIssue({ code: "custom", message: complaint, input: given });
    return z.NEVER;
  });
}

function wholeWithin(given: string, least: number, most: number): number | undefined {
  const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}

function scaleOf(given: string, most: number): Scale | undefined {
  const single = wholeWithin(given, 1, most);
  if (single !== undefined) return { min: single, max: single };
  const number = z.int().min(1).max(most);
  const parsed = z.strictObject({ min: number, max: number }).safeParse(parseJson(given));
  return parsed.success && parsed.data.min <= parsed.data.max ? parsed.data : undefined;
}

function parseJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}
