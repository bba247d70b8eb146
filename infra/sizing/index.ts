export * from "./aws";
export * from "./azure";
export * from "./gcp";
export type { Demands } from "./rules";
