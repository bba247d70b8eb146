import type { Cloud } from "../cloud";
import type { Properties } from "../values";
import { at } from "./rule";

/** An input that names another resource, which has to exist. */
export interface Reference {
  /** The input's path. */
  property: string;
  /** Types that the other resource may be of. */
  types: readonly string[];
  /** What of the other resource is named: its id, or one of its outputs. */
  by: readonly string[];
}

/** What the cloud answers when an input names nothing that exists; undefined if all is there. */
export function missingReference(
  references: readonly Reference[],
  inputs: Properties,
  cloud: Cloud,
): string | undefined {
  for (const { property, types, by } of references) {
    const named = at(inputs, property);
    if (named === undefined) continue;
    const others = types.flatMap((type) => cloud.list(type));
    if (others.some((live) => by.some((key) => (key === "id" ? live.id : live.outputs[key]) === named))) continue;
    return `${property} names no ${types.join(" or ")} that exists: ${String(named)}`;
  }
  return undefined;
}
