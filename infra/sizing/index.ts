export * from "./aws";
export * from "./gcp";
export type { Demands } from "./rules";
