import { randomUUID } from "node:crypto";

export type DeploymentStatus = "pending" | "failed" | "success";

export interface Deployment {
  readonly id: string;
  readonly zip: Buffer;
  readonly status: DeploymentStatus;
}

export interface Deployments {
  readonly all: readonly Deployment[];
  isBusy(): boolean;
  start(zip: Buffer, fails: boolean): Deployment;
  /** The deployment as the site shows it, one step further each time; `latest` is the last one. */
  look(id: string): Record<string, unknown> | undefined;
}

/** Numbers of https://github.com/projectkudu/kudu/wiki/REST-API#deployment */
const NUMBERS: Record<DeploymentStatus, number> = { pending: 0, failed: 3, success: 4 };
const TEXTS: Record<DeploymentStatus, string> = {
  pending: "Deploying the package...",
  failed: "Package deployment failed.",
  success: "",
};

export function createDeployments(polls: number): Deployments {
  const all: (Deployment & { status: DeploymentStatus; left: number; fails: boolean })[] = [];
  return {
    all,
    isBusy: () => all.at(-1)?.status === "pending",
    start: (zip, fails) => {
      const deployment = { id: randomUUID(), zip, status: "pending" as const, left: polls, fails };
      all.push(deployment);
      return deployment;
    },
    look: (id) => {
      const found = id === "latest" ? all.at(-1) : all.find((deployment) => deployment.id === id);
      if (found === undefined) return undefined;
      if (found.status === "pending" && found.left-- <= 0) found.status = found.fails ? "failed" : "success";
      const { status } = found;
      return {
        id: found.id,
        status: NUMBERS[status],
        status_text: TEXTS[status],
        complete: status !== "pending",
        active: status === "success",
        is_readonly: true,
        provisioningState: status === "failed" ? "Failed" : status === "success" ? "Succeeded" : "InProgress",
      };
    },
  };
}
