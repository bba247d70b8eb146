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

/** Longest names that nobody else in the world may have, in characters, and what may stand between their words. */
export const UNIQUE_LIMITS = {
  /** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
  storage: { most: 24, dash: "" },
  cosmos: { most: 44, dash: "-" },
  eventHubs: { most: 50, dash: "-" },
  eventGrid: { most: 50, dash: "-" },
  vault: { most: 24, dash: "-" },
  workspace: { most: 33, dash: "-" },
  /** https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas#azure-machine-learning-online-endpoints-and-batch-endpoints */
  mlEndpoint: { most: 32, dash: "-" },
  plan: { most: 40, dash: "-" },
  site: { most: 60, dash: "-" },
  containerApps: { most: 60, dash: "-" },
} as const;

export type UniqueKind = keyof typeof UNIQUE_LIMITS;

/**
 * `project-stack-part-digest`, with the project and the stack cut to what fits the kind.
 * @param seed tells two deployments of the same project and stack apart. The digest is of it and of both names.
 */
export function uniqueNameOf(kind: UniqueKind, { project, stack }: StackName, part: string, seed: string): string {
  const { most, dash } = UNIQUE_LIMITS[kind];
  const code = hash53(`${seed}/${project}/${stack}`).toString(36).padStart(10, "0").slice(-10);
  const tail = [part, code].join(dash);
  const head = readable(`${project}-${stack}`)
    .replaceAll("-", dash)
    .slice(0, most - tail.length - dash.length);
  return [head.replace(/-+$/, ""), tail].join(dash);
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
