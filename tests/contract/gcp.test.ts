/** @jest-environment ./tests/support/native-environment.cjs */
import { afterAll, beforeAll } from "@jest/globals";
import { type GcpServices, openGcpServices } from "../support/gcp/services";
import { gcpAdapters } from "../support/gcp-harness";
import { contracts } from "./all";

let services: GcpServices;

beforeAll(async () => {
  services = await openGcpServices();
});

afterAll(async () => {
  await services.close();
});

contracts(gcpAdapters(() => services));
