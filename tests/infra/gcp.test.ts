import { jest } from "@jest/globals";

// The SDK loads a package manager, to find the packages that a serialized function uses; the one here uses none.
jest.mock("@npmcli/arborist", () => ({}), { virtual: true });

require("./gcp/resources");
require("./gcp/settings");
require("./gcp/pitfalls");
require("./gcp/rights");
require("./gcp/vertex");
require("./gcp/program");
