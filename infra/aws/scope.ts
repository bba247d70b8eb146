import type { ComponentResource, CustomResourceOptions, Output } from "@pulumi/pulumi";
import { type NameKind, nameOf, type StackName } from "../naming";
import { transformed } from "../transform";
import type { AwsResources, AwsTransforms } from "./resources";

export interface ScopeOptions {
  name: StackName;
  parent: ComponentResource;
  account: Output<string>;
  region: string;
  /** Second part of every ARN. */
  partition: string;
  tags: Readonly<Record<string, string>>;
  /** Refuse to delete or replace what holds data or positions. */
  protect: boolean;
  transform: AwsTransforms;
}

type Arguments<Key extends keyof AwsResources> = [
  name: string,
  args: AwsResources[Key],
  options: CustomResourceOptions,
];

/** What all parts of one pipeline share: names, tags, and the way every inner resource is made. */
export interface Scope extends Omit<ScopeOptions, "name" | "parent" | "transform" | "protect"> {
  /** Options of what holds data or positions. */
  keep: CustomResourceOptions;
  /** The fixed name of something that needs one. */
  fixedName(kind: NameKind, part: string): string;
  /**
   * The arguments of an inner resource's constructor: its logical name, its parent, and what the transform makes of it.
   * @param part tells resources of one kind apart.
   */
  inner<Key extends keyof AwsResources>(
    key: Key,
    args: AwsResources[Key],
    options?: CustomResourceOptions & { part?: string },
  ): Arguments<Key>;
}

export function openScope({ name, parent, transform, protect, ...shared }: ScopeOptions): Scope {
  return {
    ...shared,
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
