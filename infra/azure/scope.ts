import { type Output, output } from "@pulumi/pulumi";
import type { StackName, UniqueKind } from "../naming";
import { uniqueNameOf } from "../naming";
import { type Inner, type InnerOptions, openInner } from "../scope";
import type { AzureResources } from "./resources";

interface Place {
  subscription: string;
  location: string;
  tags: Readonly<Record<string, string>>;
}

export interface ScopeOptions extends InnerOptions<AzureResources>, Place {}

/** What there is before the resource group. */
export interface Outside extends Inner<AzureResources>, Place {
  name: StackName;
}

/** What all parts of one pipeline share: names, tags, and the way every inner resource is made. */
export interface Scope extends Outside {
  /** Arguments of a resource in the group. */
  within: { resourceGroupName: Output<string> };
  /** And of one that has a region and tags of its own. */
  here: Scope["within"] & { location: string; tags: Readonly<Record<string, string>> };
  /**
   * A name that nobody else has. It follows from the group's, which Pulumi chose: it stays while the group does, and is
   * another one when the stack is made again, for vaults and workspaces keep their names for days after they are deleted.
   */
  uniqueName(kind: UniqueKind, part: string): Output<string>;
}

export function openScope({ subscription, location, tags, ...options }: ScopeOptions): Outside {
  return { subscription: subscription.toLowerCase(), location, tags, name: options.name, ...openInner(options) };
}

export function scopeIn(outside: Outside, group: Output<string>): Scope {
  const { subscription, location, tags, name } = outside;
  const within = { resourceGroupName: group };
  return {
    ...outside,
    within,
    here: { ...within, location, tags },
    uniqueName: (kind, part) =>
      output(group).apply((group) => uniqueNameOf(kind, name, part, `${subscription}/${group}`)),
  };
}
