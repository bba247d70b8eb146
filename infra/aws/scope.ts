import type { Output } from "@pulumi/pulumi";
import { type Inner, type InnerOptions, openInner } from "../scope";
import type { AwsResources } from "./resources";

interface Shared {
  account: Output<string>;
  region: string;
  /** Second part of every ARN. */
  partition: string;
  tags: Readonly<Record<string, string>>;
}

export interface ScopeOptions extends InnerOptions<AwsResources>, Shared {}

/** What all parts of one pipeline share: names, tags, and the way every inner resource is made. */
export interface Scope extends Inner<AwsResources>, Shared {}

export function openScope({ account, region, partition, tags, ...options }: ScopeOptions): Scope {
  return { account, region, partition, tags, ...openInner(options) };
}
