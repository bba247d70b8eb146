import { createHash } from "node:crypto";
import type { Naming } from "./clouds/dialect";

/**
 * A physical name for a resource that the program leaves unnamed. The hex at the end is random in the real provider; here
 * it follows from the URN, so that runs compare, and `attempt` tells a replacement from the resource that it replaces.
 */
export function physicalName(naming: Naming, urn: string, attempt: number): string {
  const { separator, random, maxLength, before, after } = naming;
  const logical = urn.split("::").pop()!;
  const stem = before ? before(logical) : logical;
  const hex = createHash("sha256").update(`${urn}#${attempt}`).digest("hex").slice(0, random);
  const name = random === 0 ? stem : `${stem}${separator}${hex}`;
  if (name.length > maxLength)
    throw new Error(`${name} is longer than the ${maxLength} characters that ${naming.property} may have`);
  return after ? after(name) : name;
}
