import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import { findOnPath } from "./cli";
import { type Live, openCloud } from "./provider/cloud";
import { RESOURCE_TYPES } from "./schemas/types";

const ROOT = path.resolve(__dirname, "../..");
const REGISTER = path.join(ROOT, "tools/register.cjs");
/** What a deployment reads. Copied, so that a scenario can change it, and so that nothing is written to the repository. */
const PROJECT = [
  ...["Pulumi.yaml", "package.json", "tsconfig.json"],
  ...["adapters", "emulators", "examples", "functions", "infra", "shared", "tools"],
];
/** Of the caller's environment: neither its credentials nor its Pulumi settings may decide how a test ends. */
const KEPT = ["HOME", "LANG", "LOGNAME", "TERM", "TMPDIR", "USER"];

/** A project of its own: program, stack file, state, plugins and the stand-in's cloud, in one temporary folder. */
export interface Workspace {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Changes the stack's configuration; `undefined` removes a key. Keys without a namespace are the project's. */
  configure(changes: Record<string, unknown>): void;
  /** Replaces text in one of the project's files; the text has to be there. */
  edit(file: string, from: string, to: string): void;
  /** Every resource that exists in the stand-in's cloud. */
  cloud(): Live[];
  /** Providers that the engine has started so far, each once: `aws`. */
  started(): string[];
  close(): void;
}

export interface WorkspaceOptions {
  /** The CLI's path. */
  cli: string;
  /** The provider package of the stack's cloud, such as `aws`. */
  provider: string;
  stack: string;
  /** A folder that holds the whole project, instead of the repository's program. */
  project?: string | undefined;
}

export function openWorkspace({ cli, provider, stack, project }: WorkspaceOptions): Workspace {
  const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-engine-"));
  const at = (...names: string[]) => path.join(folder, ...names);
  const program = at("project");
  const cloud = openCloud(at("cloud"));
  for (const name of ["bin", "home", "state"]) mkdirSync(at(name));
  copyProject(project, program);
  const started = at("started");
  writeFileSync(started, "");
  installPlugins(at("bin"), { cloud: at("cloud"), started, cli });

  const stackFile = path.join(program, `Pulumi.${stack}.yaml`);
  const own = path.join(project ?? ROOT, `Pulumi.${stack}.yaml`);
  if (existsSync(own)) cpSync(own, stackFile);

  return {
    folder: program,

    environment: {
      ...Object.fromEntries(KEPT.map((name) => [name, process.env[name]])),
      PATH: [at("bin"), path.dirname(cli), path.dirname(process.execPath), process.env["PATH"]].join(path.delimiter),
      PULUMI_BACKEND_URL: `file://${at("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "stand-in",
      // The events of a run are written to a file only by what the CLI calls debug commands.
      PULUMI_DEBUG_COMMANDS: "1",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
      PULUMI_HOME: at("home"),
      PULUMI_SKIP_UPDATE_CHECK: "1",
      SLUICE_ENGINE_PACKAGES: provider,
    },

    configure(changes) {
      const file = (existsSync(stackFile) ? parse(readFileSync(stackFile, "utf8")) : {}) as StackFile;
      const { name } = parse(readFileSync(path.join(program, "Pulumi.yaml"), "utf8")) as { name: string };
      const config = { ...file.config };
      for (const [key, value] of Object.entries(changes)) {
        const full = key.includes(":") ? key : `${name}:${key}`;
        if (value === undefined) delete config[full];
        else config[full] = value;
      }
      writeFileSync(stackFile, stringify({ ...file, config }));
    },

    edit(file, from, to) {
      const text = readFileSync(path.join(program, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
      writeFileSync(path.join(program, file), text.replace(from, to));
    },

    cloud: () => cloud.list(),

    started: () => [...new Set(readFileSync(started, "utf8").split("\n"))].filter((name) => name !== "").sort(),

    close() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface StackFile {
  config?: Record<string, unknown>;
}

function copyProject(project: string | undefined, to: string): void {
  if (project !== undefined) cpSync(project, to, { recursive: true });
  else {
    for (const name of PROJECT.filter((name) => existsSync(path.join(ROOT, name))))
      cpSync(path.join(ROOT, name), path.join(to, name), { recursive: true });
  }
  symlinkSync(path.join(ROOT, "node_modules"), path.join(to, "node_modules"));
}

/** Runs the SDK's own dynamic provider: what a resource of the program's own is made with. */
const DYNAMIC = path.join(ROOT, "node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs");

/** The engine finds plugins on PATH by their names. Ours run with the Node that runs this, and note that they were started. */
function installPlugins(bin: string, { cloud, started, cli }: Record<"cloud" | "started" | "cli", string>): void {
  const script = (name: string, ...args: string[]) =>
    [process.execPath, "--require", REGISTER, path.join(__dirname, name), ...args].map(quoted).join(" ");
  const install = (name: string, ...lines: string[]) =>
    writeFileSync(path.join(bin, name), ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  const provider = (name: string, command: string) =>
    install(`pulumi-resource-${name}`, `echo ${name} >>${quoted(started)}`, `exec ${command} "$@"`);

  for (const name of Object.keys(RESOURCE_TYPES)) provider(name, script("provider/main.ts", name, cloud));
  provider("pulumi-nodejs", quoted(DYNAMIC));
  if (!hasLanguageHost(cli)) install("pulumi-language-nodejs", `exec ${script("language-host/main.ts")} "$@"`);
}

/** The official host, where Pulumi was installed the usual way: on PATH or beside the CLI. */
function hasLanguageHost(cli: string): boolean {
  const name = "pulumi-language-nodejs";
  return findOnPath(name) !== undefined || existsSync(path.join(path.dirname(cli), name));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
