import type { Input } from "@pulumi/pulumi";
import type { StackOutputs } from "../adapters/stack-outputs";

/** What a stack puts out while it is being deployed: the names that `sluice ... --stack` reads, known now or once a resource exists. */
export type PendingOutputs = { [Name in keyof StackOutputs]: Input<string> };
