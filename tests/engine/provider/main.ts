import { readFileSync } from "node:fs";
import path from "node:path";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { servePlugin } from "../grpc";
import type { Schema } from "../schemas/schema";
import { openCloud } from "./cloud";
import { dialectOf } from "./clouds";
import { createProvider } from "./provider";
import type { ReplacementTable } from "./replacement";
import { providerService } from "./service";

/** The plugin `pulumi-resource-<name>`: argument 1 is the name, argument 2 the folder that holds the cloud. */
function main(name: string, cloudFolder: string): Promise<unknown> {
  const schema = load<Schema>("schemas", name);
  const provider = createProvider({
    schema,
    table: load<ReplacementTable>("replacement", name),
    dialect: dialectOf(name, schema),
    cloud: openCloud(cloudFolder),
  });
  const version = schema.sdk.split(" ")[1]!;
  return servePlugin(ResourceProviderService as unknown as ServiceDefinition, providerService(provider, version));
}

function load<Value>(folder: string, name: string): Value {
  return JSON.parse(readFileSync(path.join(__dirname, "..", folder, `${name}.json`), "utf8")) as Value;
}

main(process.argv[2]!, process.argv[3]!).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
