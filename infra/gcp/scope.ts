import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";
import { type Inner, type InnerOptions, openInner } from "../scope";
import type { GcpResources } from "./resources";

interface Shared {
  project: string;
  region: string;
  labels: Readonly<Record<string, string>>;
}

export interface ScopeOptions extends InnerOptions<GcpResources>, Shared {}

type Options = Omit<CustomResourceOptions, "dependsOn"> & { part?: string; dependsOn?: readonly Resource[] };

/** What all parts of one pipeline share: names, labels, and the way every inner resource is made. */
export interface Scope extends Omit<Inner<GcpResources>, "inner">, Shared {
  /**
   * The arguments of an inner resource's constructor: its logical name, its parent, and what the transform makes of it.
   * @param part tells resources of one kind apart.
   */
  inner<Key extends keyof GcpResources>(
    key: Key,
    args: GcpResources[Key],
    options?: Options,
  ): [name: string, args: GcpResources[Key], options: CustomResourceOptions];
}

export function openScope({ project, region, labels, ...options }: ScopeOptions): Scope {
  const { inner, ...rest } = openInner(options);
  return {
    project,
    region,
    labels,
    ...rest,
    inner: (key, args, { dependsOn, ...options } = {}) =>
      inner(key, args, { ...options, ...(dependsOn && { dependsOn: [...dependsOn] }) }),
  };
}

/** A scope whose resources are made after some others. */
export function scopeAfter(scope: Scope, first: readonly Resource[]): Scope {
  return {
    ...scope,
    inner: (key, args, { dependsOn = [], ...options } = {}) =>
      scope.inner(key, args, { ...options, dependsOn: [...first, ...dependsOn] }),
  };
}
