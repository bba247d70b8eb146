interface Setting<Value> {
  environmentVariableSelector(environment: NodeJS.ProcessEnv, options: object): Value | undefined;
  default: Value | (() => Value | Promise<Value>);
}

/**
 * In the bundle this stands in for the SDK's look at its settings: the environment, or the default. The SDK itself would
 * look for `~/.aws/config` in between, and there are no such files in a function.
 */
export function loadConfig<Value>(setting: Setting<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined;
  const load = async () => {
    const given = setting.environmentVariableSelector(process.env, {});
    if (given !== undefined) return given;
    const { default: otherwise } = setting;
    return typeof otherwise === "function" ? (otherwise as () => Value | Promise<Value>)() : otherwise;
  };
  return () => {
    value ??= load();
    return value;
  };
}
