/**
 * The door of Sluice's core: what a pipeline file and an adapter import as `sluice`.
 * @module
 */
export * from "./batcher";
export * from "./capabilities";
export * from "./clock";
export * from "./deadletter";
export * from "./delivery";
export * from "./engine";
export * from "./envelope";
export * from "./errors";
export { DEFAULT_LIMITS, decodeBase64Text, type Limits } from "./guards";
export { hash53, partitionOf } from "./hash";
export * from "./histogram";
export * from "./matrix";
export * from "./pipeline";
export * from "./ports";
export * from "./telemetry";
