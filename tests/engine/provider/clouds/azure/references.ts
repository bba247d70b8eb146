import type { Cloud } from "../../cloud";
import { isObject, type Properties } from "../../values";

const IN_GROUP = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i;

/** ARM's answer where a resource's parent, or what its inputs name by id, is not there; undefined if all is. */
export function missingResource(id: string, inputs: Properties, cloud: Cloud): string | undefined {
  const all = cloud.list().map((live) => live.id.toLowerCase());
  const groups = all.filter((other) => groupOf(other) === other);
  // What is in groups that the stack did not make was there before it.
  const isForeign = (other: string) => !groups.includes(groupOf(other) ?? "");
  const parent = parentOf(id);
  if (parent !== undefined && !(isExtension(id) && isForeign(parent)) && !all.includes(parent.toLowerCase()))
    return `ParentResourceNotFound: ${id} is to be made in ${parent}, which does not exist`;
  const missing = idsIn(inputs).find(
    (other) => !isForeign(other) && !all.some((one) => isPart(other.toLowerCase(), one)),
  );
  return missing === undefined ? undefined : `ResourceNotFound: ${missing} does not exist`;
}

function groupOf(id: string): string | undefined {
  return IN_GROUP.exec(id)?.[0].toLowerCase();
}

/** A right, a lock or the like, on a resource that may be anybody's. */
function isExtension(id: string): boolean {
  return id.split("/providers/").length > 2;
}

/** What an id is below: its parent, its group, or what a right or a lock is on. Undefined for a group. */
function parentOf(id: string): string | undefined {
  const cut = id.lastIndexOf("/providers/");
  if (cut < 0) return undefined;
  const steps = id.slice(cut + "/providers/".length).split("/");
  const above = steps.length > 3 ? `/providers/${steps.slice(0, -2).join("/")}` : "";
  // An account's services are always there: `.../storageAccounts/a/blobServices/default/containers/b` is in the account.
  const parent = `${id.slice(0, cut)}${above}`.replace(/\/\w+Services\/default$/i, "");
  return IN_GROUP.test(parent) ? parent : undefined;
}

/** An id also stands for what is below it and is no resource: a role of Cosmos DB's own, its containers, a service. */
function isPart(path: string, live: string): boolean {
  if (path === live) return true;
  return path.startsWith(`${live}/`) && /^\/(?:sqlroledefinitions|dbs|\w+services)\//.test(path.slice(live.length));
}

function idsIn(value: unknown): string[] {
  if (typeof value === "string") return IN_GROUP.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(idsIn);
  return isObject(value) ? Object.values(value).flatMap(idsIn) : [];
}
