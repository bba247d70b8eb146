import { type ChildProcess, spawn } from "node:child_process";
import { type ProgramInfo, type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";

/** The SDK's exit code for "the error has been shown": the engine adds nothing to it. */
const ALREADY_SHOWN = 32;

export interface Runner {
  run(request: RunRequest): Promise<RunResponse>;
  stop(): void;
}

/** The `runtime.options` of Pulumi.yaml that matter here. */
interface Options {
  typescript?: boolean;
  nodeargs?: string;
  tsconfig?: string;
}

/** Runs programs through the SDK's own entry, with the Node that runs this. */
export function createRunner(engine: string): Runner {
  const running = new Set<ChildProcess>();

  return {
    run(request) {
      const info = request.getInfo()!;
      const options = (info.getOptions()?.toJavaScript() ?? {}) as Options;
      const nodeargs = options.nodeargs?.split(/\s+/).filter((argument) => argument !== "") ?? [];
      const child = spawn(process.execPath, [...nodeargs, ...programArguments(engine, request, info)], {
        cwd: info.getProgramDirectory(),
        env: { ...process.env, ...environment(request, options) },
        stdio: ["ignore", "inherit", "inherit"],
      });
      running.add(child);
      return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) => {
          running.delete(child);
          resolve(answer(code, signal));
        });
      });
    },

    stop() {
      for (const child of running) child.kill("SIGINT");
    },
  };
}

function programArguments(engine: string, request: RunRequest, info: ProgramInfo): string[] {
  const folder = info.getProgramDirectory();
  const flags: Record<string, string | number> = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    "root-directory": info.getRootDirectory(),
    pwd: folder,
    parallel: request.getParallel(),
  };
  return [
    require.resolve("@pulumi/pulumi/cmd/run", { paths: [folder] }),
    ...Object.entries(flags).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, String(value)])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info.getEntryPoint(),
    ...request.getArgsList(),
  ];
}

function environment(request: RunRequest, { typescript, tsconfig }: Options): NodeJS.ProcessEnv {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...(typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

function answer(code: number | null, signal: NodeJS.Signals | null): RunResponse {
  const response = new RunResponse();
  if (code === ALREADY_SHOWN) return response.setBail(true);
  if (code !== 0) return response.setError(`the program ended with ${signal ?? `exit code ${code}`}`);
  return response;
}
