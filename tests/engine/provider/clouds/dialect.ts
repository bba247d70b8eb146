import type { Failure } from "../check";
import type { Cloud, Live } from "../cloud";
import type { Properties } from "../values";

/** What one cloud's provider does beyond what the schema says. */
export interface Dialect {
  /** What is wrong with the provider's own configuration. */
  checkConfig(config: Properties): Failure[];
  /** How a resource gets its physical name when the program gives none; undefined if it never does. */
  naming(type: string, inputs: Properties): Naming | undefined;
  /** Inputs that the provider fills in where the program gives none, besides the name. */
  defaults(type: string, inputs: Properties, around: Around): Properties;
  /** Whether the old resource goes before the new one comes, if one replaces the other. */
  deletesFirst(naming: Naming | undefined, before: Properties, after: Properties): boolean;
  /** What the provider refuses beyond the schema, from the inputs alone; unknown values pass. */
  checkRules(type: string, inputs: Properties): Failure[];
  /** What the cloud answers for a resource: its id and the outputs that the inputs do not give. */
  answer(subject: Subject): Answers;
  /** Outputs that an update of these top-level inputs gives new values. */
  renewed(type: string, changed: readonly string[], inputs: Properties): readonly string[];
  /** Why the cloud refuses to make a resource; undefined if it does not. */
  refuseCreate(subject: Subject, cloud: Cloud): string | undefined;
  /** Why the cloud refuses to delete a resource; undefined if it does not. */
  refuseDelete(live: Live, cloud: Cloud): string | undefined;
  /** Whether a resource stays in the cloud when it is deleted, and only leaves the state. */
  outlives(live: Live): boolean;
  /** Whether another resource goes when this one is deleted, because it is in it. */
  contains(live: Live, other: Live): boolean;
  /** How long the cloud takes to make a resource visible to others, in ms: 0 for most. */
  settleMs(type: string): number;
  /** A function's answer; undefined if the stand-in does not have one. */
  invoke(token: string, args: Properties, config: Properties): Properties | undefined;
}

/** What a provider looks at beside the inputs themselves. */
export interface Around {
  /** The inputs of the resource as it is; undefined for a new one. */
  before: Properties | undefined;
  config: Properties;
  cloud: Cloud;
}

/** A resource that is to be made or changed. */
export interface Subject {
  type: string;
  urn: string;
  inputs: Properties;
  /** The provider's configuration: region, default tags. */
  config: Properties;
  /** The outputs before an update; undefined for a new resource. */
  previous: Properties | undefined;
  /** How many live resources the same URN has: 1 while a replacement is made next to its predecessor. */
  siblings: number;
}

export interface Answers {
  id: string;
  /** Names that no other resource of the type may have at the same time. */
  names: readonly string[];
  /** The cloud's value of an output; undefined leaves it to the declared shape. */
  output(property: string): unknown;
  /** Outputs that the provider knows before the update. */
  known: ReadonlySet<string>;
}

/** `<name><separator><hex>`, as the bridged providers do. */
export interface Naming {
  property: string;
  separator: string;
  /** Hex digits at the end; 0 for the resource's name as it is. */
  random: number;
  maxLength: number;
  before?: ((name: string) => string) | undefined;
  after?: ((name: string) => string) | undefined;
}
