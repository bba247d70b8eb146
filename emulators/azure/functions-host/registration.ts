import { HostError } from "./errors";
import type { RetryPolicy } from "./retry";
import type { FunctionMetadata, TriggerBinding } from "./rpc";

/** The function, as its code registers it. */
export interface Registration {
  name: string;
  functionId: string;
  binding: TriggerBinding;
  /** Undefined: what fails is not tried again. */
  retry: RetryPolicy | undefined;
}

/** The one function of the app that an event hub triggers. Names in percent signs are looked up in the app's settings. */
export function toRegistration(
  functions: readonly FunctionMetadata[],
  environment: Readonly<Record<string, string>>,
): Registration {
  const triggered = functions.flatMap((one) => {
    const found = Object.entries(one.bindings).find(([, { type }]) => type === "eventHubTrigger");
    return found ? [{ metadata: one, name: found[0], binding: found[1] }] : [];
  });
  const [first] = triggered;
  if (!first || triggered.length > 1) {
    throw new HostError(`the app has ${triggered.length} functions with an Event Hubs trigger; here it must have one`);
  }
  const { metadata, name, binding } = first;
  if (binding.cardinality !== "many") {
    throw new HostError(`the function ${metadata.name} takes one event at a time; only cardinality "many" is emulated`);
  }
  const resolve = (text: string | undefined) => text && resolveSetting(text, environment);
  return {
    name: metadata.name,
    functionId: metadata.functionId ?? metadata.name,
    binding: {
      ...binding,
      name,
      eventHubName: resolve(binding.eventHubName),
      consumerGroup: resolve(binding.consumerGroup),
    },
    retry: toRetryPolicy(metadata.retryOptions),
  };
}

function resolveSetting(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new HostError(`'%${name}%' does not resolve to a value.`);
    return value;
  });
}

function toRetryPolicy(options: FunctionMetadata["retryOptions"]): RetryPolicy | undefined {
  if (!options) return undefined;
  const { retryStrategy, maxRetryCount = 0, delayInterval, minimumInterval, maximumInterval } = options;
  if (retryStrategy === "fixedDelay") {
    return { strategy: retryStrategy, delaySeconds: delayInterval?.seconds ?? 0, maxRetryCount };
  }
  if (retryStrategy !== "exponentialBackoff") throw new HostError(`there is no retry strategy ${retryStrategy}`);
  const minimumSeconds = minimumInterval?.seconds ?? 0;
  const maximumSeconds = maximumInterval?.seconds ?? 0;
  if (minimumSeconds > maximumSeconds) throw new HostError("minimumInterval must not be greater than maximumInterval");
  return { strategy: retryStrategy, minimumSeconds, maximumSeconds, maxRetryCount };
}
