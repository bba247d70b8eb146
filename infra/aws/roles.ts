import { Role, RolePolicy } from "@pulumi/aws/iam";
import { type Input, jsonStringify, type Output } from "@pulumi/pulumi";
import type { Scope } from "./scope";

export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: Input<unknown>;
  Action: string | readonly string[];
  /** A role's trust policy has none: it is about the role itself. */
  Resource?: Input<string> | readonly Input<string>[];
  Condition?: Input<unknown>;
}

/** Text, so that the state, the diff and the provider all see the same: the SDK would also take an object. */
export function document(statements: readonly Statement[]): Output<string> {
  return jsonStringify({ Version: "2012-10-17", Statement: statements });
}

export function allow(
  sid: string,
  actions: readonly string[],
  resource: Input<string> | readonly Input<string>[],
): Statement {
  return { Sid: sid, Effect: "Allow", Action: actions, Resource: resource };
}

export interface Rights {
  role: Role;
  /** What uses the role depends on this: without its policy in place the first deployment fails. */
  policy: RolePolicy;
}

/** One role with one policy. Only the service can take it, and only on behalf of this account. */
export function roleFor(
  scope: Scope,
  part: "archive" | "model" | "function",
  service: string,
  statements: readonly Statement[],
): Rights {
  const trust: Statement = {
    Sid: "Trust",
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": scope.account } },
  };
  const role = new Role(
    ...scope.inner(`${part}Role` as const, { assumeRolePolicy: document([trust]), tags: scope.tags }),
  );
  const policy = new RolePolicy(
    ...scope.inner(`${part}Policy` as const, { role: role.id, policy: document(statements) }),
  );
  return { role, policy };
}
