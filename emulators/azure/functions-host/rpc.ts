/** What host and worker say to each other, as far as an Event Hubs trigger needs it: FunctionRpc.proto of azure-functions-language-worker-protobuf. */

/** A value on its way to the function. Exactly one field is set. */
export interface TypedData {
  /** Parsed as JSON if it can be. */
  string?: string;
  json?: string;
  collectionBytes?: { bytes: Uint8Array[] };
  /** Each parsed as JSON if it can be. */
  collectionString?: { string: string[] };
  collectionSint64?: { sint64: (number | Long)[] };
}

/** An integer of 64 bits, as one release of the worker handed it over. */
export interface Long {
  low: number;
  high: number;
  unsigned: boolean;
}

export interface RetryContext {
  /** 0 at the first attempt. */
  retryCount: number;
  /** -1: for ever. */
  maxRetryCount: number;
  /** What the attempt before failed with. */
  exception?: { message: string; stackTrace: string; source: string };
}

export interface InvocationRequest {
  invocationId: string;
  functionId: string;
  inputData: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
  /** Only where there is a retry policy. */
  retryContext?: RetryContext;
}

/** The one binding that counts here. */
export interface TriggerBinding {
  name: string;
  type: string;
  eventHubName?: string | undefined;
  consumerGroup?: string | undefined;
  cardinality?: string | undefined;
  dataType?: string | undefined;
}

interface Duration {
  seconds?: number | undefined;
}

/** What a worker tells about a function after it has loaded the app. */
export interface FunctionMetadata {
  name: string;
  functionId?: string | undefined;
  bindings: Record<string, Omit<TriggerBinding, "name">>;
  retryOptions?:
    | {
        retryStrategy?: string | undefined;
        maxRetryCount?: number | undefined;
        delayInterval?: Duration | undefined;
        minimumInterval?: Duration | undefined;
        maximumInterval?: Duration | undefined;
      }
    | undefined;
}
