/** @jest-environment ./tests/support/native-environment.cjs */
import { afterAll, beforeAll } from "@jest/globals";
import { type AwsServices, openAwsServices } from "../support/aws/services";
import { awsAdapters } from "../support/aws-harness";
import { contracts } from "./all";

let services: AwsServices;

beforeAll(async () => {
  services = await openAwsServices();
});

afterAll(async () => {
  await services.close();
});

contracts(awsAdapters(() => services));
