/** @jest-environment ./tests/support/native-environment.cjs */
import { afterAll, beforeAll } from "@jest/globals";
import { type AzureServices, openAzureServices } from "../support/azure/services";
import { azureAdapters } from "../support/azure-harness";
import { contracts } from "./all";

let services: AzureServices;

beforeAll(async () => {
  services = await openAzureServices();
});

afterAll(async () => {
  await services.close();
});

contracts(azureAdapters(() => services));
