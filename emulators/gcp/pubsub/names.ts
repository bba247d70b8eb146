import { RpcError } from "../../grpc";

export type Kind = "topics" | "subscriptions";

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const ID = /^(?!goog)[A-Za-z][\w\-.~+%]{2,254}$/;

/** What a topic's subscriptions show as their topic when it is gone. */
export const DELETED_TOPIC = "_deleted-topic_";

export function checkName(kind: Kind, name: string | undefined): string {
  const [projects, project, found, id, ...rest] = (name ?? "").split("/");
  const isWell = projects === "projects" && project && found === kind && ID.test(id ?? "") && rest.length === 0;
  if (!isWell) throw new RpcError("INVALID_ARGUMENT", `Invalid [${kind}] name: (name=${name ?? ""})`);
  return name as string;
}

/** `projects/p/topics/t` -> `p`. */
export function projectOf(name: string): string {
  return name.split("/")[1] ?? "";
}

/** `projects/p/topics/t` -> `t`. */
export function idOf(name: string): string {
  return name.split("/")[3] ?? "";
}

export function notFound(name: string): RpcError {
  return new RpcError("NOT_FOUND", `Resource not found (resource=${idOf(name)}).`);
}
