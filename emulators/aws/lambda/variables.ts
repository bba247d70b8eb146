export interface FunctionConfiguration {
  /** The unzipped function. */
  directory: string;
  /** `file.export`. */
  handler: string;
  functionName: string;
  functionArn: string;
  region: string;
  memoryMb: number;
  timeoutMs: number;
  environment: Readonly<Record<string, string>>;
}

/** All that the function's process gets to see: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
export function variables(configuration: FunctionConfiguration, runtimeApi: string): Record<string, string> {
  const { functionName, region } = configuration;
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin:/opt/bin",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // Those of the execution role. An emulator takes any; the SDK wants some.
    AWS_ACCESS_KEY_ID: "emulator",
    AWS_SECRET_ACCESS_KEY: "emulator",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    ...configuration.environment,
    _HANDLER: configuration.handler,
    LAMBDA_TASK_ROOT: configuration.directory,
    LAMBDA_RUNTIME_DIR: __dirname,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "emulator",
  };
}
