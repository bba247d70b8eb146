import type { Properties } from "./values";

/** Which inputs the provider filled in, as the bridged providers note it: such a value is kept as long as nobody sets it. */
export const DEFAULTS = "__defaults";

export function isDefault(inputs: Properties | undefined, property: string): boolean {
  const defaults = inputs?.[DEFAULTS];
  return Array.isArray(defaults) && defaults.includes(property);
}
