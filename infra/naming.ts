import { hash53 } from "../shared/hash";

/** A stack of a project: what tells two deployments in one account apart. */
export interface StackName {
  project: string;
  stack: string;
}

/** Pulumi makes a resource's own name out of the logical one by adding a dash and seven digits. */
const AUTONAME = "-1234567".length;

/** Longest names in characters. All of them take lower-case letters, digits and dashes. */
export const LIMITS = {
  /** A logical name. The name made out of it must suit a bucket, the strictest of all: 63. */
  logical: 63 - AUTONAME,
  /** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
  function: 64,
  /** What follows `/aws/lambda/` or the like: log groups have 512 characters. */
  logGroup: 480,
  /** What follows `alias/`. */
  keyAlias: 250,
  dashboard: 255,
  /** A Cloud Run service, and so a function: https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services */
  service: 49,
  /** A service account: https://cloud.google.com/iam/docs/service-accounts-create */
  account: 30,
  /** A BigQuery dataset, after dashes have become underscores. */
  dataset: 1024,
  alarm: 255,
} as const;

export type NameKind = keyof typeof LIMITS;

/**
 * `project-stack-part` in lower-case letters, digits and dashes, within the limit of its kind.
 * Two stacks never share a name: where the plain form could be another stack's (a dash inside a name, a character that
 * had to go, an end cut off), it carries a hash of both names.
 */
export function nameOf(kind: NameKind, { project, stack }: StackName, part: string): string {
  const limit = LIMITS[kind];
  const plain = `${project}-${stack}-${part}`;
  if (isPlain(project) && isPlain(stack) && plain.length <= limit) return plain;
  const tail = `-${digest(`${project}/${stack}`)}-${part}`;
  return `${readable(`${project}-${stack}`).slice(0, limit - tail.length)}${tail}`;
}

function isPlain(text: string): boolean {
  return /^[a-z][a-z0-9]*$/.test(text);
}

/** A name starts with a letter in some services, so one is put in front of anything else. */
function readable(text: string): string {
  const safe = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return /^[a-z]/.test(safe) ? safe : `s${safe}`;
}

function digest(text: string): string {
  return hash53(text).toString(36).padStart(7, "0").slice(-7);
}
