import path from "node:path";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { servePlugin, unary } from "../grpc";
import { createRunner } from "./run";

/** Packages that the stack needs, separated by commas: the official host names all that are installed. */
const PACKAGES = (process.env["SLUICE_ENGINE_PACKAGES"] ?? "").split(",").filter((name) => name !== "");

/** `pulumi-language-nodejs` for machines that do not have the official one: just what it takes to run a program. */
function languageHost(engine: string): UntypedServiceImplementation {
  const runner = createRunner(engine);
  return {
    handshake: unary(() => new messages.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => new PluginInfo().setVersion("0.0.0")),
    about: unary(() => new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    getProgramDependencies: unary(() => new messages.GetProgramDependenciesResponse()),
    runtimeOptionsPrompts: unary(() => new messages.RuntimeOptionsResponse()),

    getRequiredPackages: unary((request: messages.GetRequiredPackagesRequest) => {
      const folder = request.getInfo()!.getProgramDirectory();
      return new messages.GetRequiredPackagesResponse().setPackagesList(PACKAGES.map((name) => required(name, folder)));
    }),

    run: unary((request: messages.RunRequest) => runner.run(request)),

    cancel: unary(() => {
      runner.stop();
      return new Empty();
    }),
  };
}

function required(name: string, folder: string): PackageDependency {
  const file = require.resolve(`@pulumi/${name}/package.json`, { paths: [path.resolve(folder)] });
  const { version } = require(file) as { version: string };
  return new PackageDependency().setName(name).setKind("resource").setVersion(version);
}

/** The engine's address is among the arguments, between flags. */
const engine = process.argv.slice(2).find((argument) => /^[\w.]+:\d+$/.test(argument)) ?? "";

servePlugin(LanguageRuntimeService as unknown as ServiceDefinition, languageHost(engine)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
