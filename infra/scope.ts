import type { ComponentResource, CustomResourceOptions } from "@pulumi/pulumi";
import { type NameKind, nameOf, type StackName } from "./naming";
import { type Transform, transformed } from "./transform";

/** The resources of a cloud's pipeline, by the name that a transform uses, with their arguments. */
type Catalog<Resources> = { [Key in keyof Resources]: object };

export type Transforms<Resources extends Catalog<Resources>> = {
  [Key in keyof Resources]?: Transform<Resources[Key]>;
};

export interface InnerOptions<Resources extends Catalog<Resources>> {
  name: StackName;
  parent: ComponentResource;
  /** Refuse to delete or replace what holds data or positions. */
  protect: boolean;
  transform: Transforms<Resources>;
}

/** Names, and the way every inner resource is made: the same for all parts of one pipeline. */
export interface Inner<Resources extends Catalog<Resources>> {
  /** Options of what holds data or positions. */
  keep: { protect?: boolean };
  /** The fixed name of something that needs one. */
  fixedName(kind: NameKind, part: string): string;
  /**
   * The arguments of an inner resource's constructor: its logical name, its parent, and what the transform makes of it.
   * @param part tells resources of one kind apart.
   */
  inner<Key extends keyof Resources & string>(
    key: Key,
    args: Resources[Key],
    options?: CustomResourceOptions & { part?: string },
  ): [name: string, args: Resources[Key], options: CustomResourceOptions];
}

export function openInner<Resources extends Catalog<Resources>>(options: InnerOptions<Resources>): Inner<Resources> {
  const { name, parent, protect, transform } = options;
  return {
    keep: protect ? { protect } : {},
    fixedName: (kind, part) => nameOf(kind, name, part),
    inner: (key, args, { part, ...options } = {}) => {
      const logical = nameOf("logical", name, part === undefined ? dashed(key) : `${dashed(key)}-${part}`);
      return transformed(transform[key], logical, args, { parent, ...options });
    },
  };
}

/** `bucketPolicy` as `bucket-policy`. */
function dashed(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
