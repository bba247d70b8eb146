import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Cloud, openCloud } from "../../engine/provider/cloud";
import { dialectOf } from "../../engine/provider/clouds";
import { createProvider, type Provider } from "../../engine/provider/provider";
import type { ReplacementTable } from "../../engine/provider/replacement";
import type { Properties } from "../../engine/provider/values";
import awsTable from "../../engine/replacement/aws.json";
import azureTable from "../../engine/replacement/azure-native.json";
import gcpTable from "../../engine/replacement/gcp.json";
import awsSchema from "../../engine/schemas/aws.json";
import azureSchema from "../../engine/schemas/azure-native.json";
import gcpSchema from "../../engine/schemas/gcp.json";
import type { Schema } from "../../engine/schemas/schema";

export const BUCKET = "aws:s3/bucket:Bucket";
export const FUNCTION = "aws:lambda/function:Function";
export const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
export const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
export const ROLE = "aws:iam/role:Role";
export const STREAM = "aws:kinesis/stream:Stream";
export const TABLE = "aws:dynamodb/table:Table";

export interface Stage {
  provider: Provider;
  cloud: Cloud;
  /** Another process of the provider: the same cloud. */
  restart(): Provider;
  /** Checks inputs and makes the resource, as the engine does. Rejects with the reason if one is refused. */
  make(type: string, name: string, inputs: Properties): Promise<Made>;
  close(): void;
}

export interface Made {
  urn: string;
  type: string;
  id: string;
  inputs: Properties;
  outputs: Properties;
}

const PACKAGES = {
  aws: {
    schema: awsSchema as unknown as Schema,
    table: awsTable as ReplacementTable,
    config: { region: "eu-central-1", defaultTags: JSON.stringify({ tags: { owner: "data" } }) },
  },
  "azure-native": {
    schema: azureSchema as unknown as Schema,
    table: azureTable as ReplacementTable,
    config: { location: "westeurope", subscriptionId: "11111111-2222-3333-4444-555555555555" },
  },
  gcp: {
    schema: gcpSchema as unknown as Schema,
    table: gcpTable as ReplacementTable,
    config: { project: "my-project", region: "us-central1" },
  },
};

/** The stand-in provider of a cloud, which is empty. */
export function openStage(name: keyof typeof PACKAGES = "aws"): Stage {
  const { schema, table, config } = PACKAGES[name];
  const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-stand-in-"));
  const cloud = openCloud(folder);

  const start = (over: Cloud): Provider => {
    const provider = createProvider({ schema, table, dialect: dialectOf(name, schema), cloud: over });
    provider.configure(config);
    return provider;
  };
  const provider = start(cloud);

  return {
    provider,
    cloud,
    restart: () => start(openCloud(folder)),

    async make(type, name, inputs) {
      const urn = urnOf(type, name);
      const checked = provider.check(urn, type, undefined, inputs);
      if (checked.failures.length > 0) throw new Error(checked.failures.map(({ reason }) => reason).join("; "));
      return { urn, type, ...(await provider.create(urn, type, checked.inputs, false)) };
    },

    close() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function urnOf(type: string, name: string): string {
  const [cloud] = type.split(":");
  return `urn:pulumi:${cloud}::sluice::sluice:${cloud}:Pipeline$${type}::${name}`;
}

export const TRUST = JSON.stringify({ Version: "2012-10-17", Statement: [] });

/** A stream and a function that may read it: what a mapping stands on. */
export async function makeWorker({ make }: Stage): Promise<{ stream: Made; worker: Made }> {
  const stream = await make(STREAM, "stream", { shardCount: 1 });
  const role = await make(ROLE, "role", { assumeRolePolicy: TRUST });
  const policy = JSON.stringify({ Statement: [{ Action: ["kinesis:GetRecords"] }] });
  await make("aws:iam/rolePolicy:RolePolicy", "read", { role: role.id, policy });
  const worker = await make(FUNCTION, "worker", { role: role.outputs["arn"], runtime: "nodejs24.x", publish: true });
  return { stream, worker };
}
