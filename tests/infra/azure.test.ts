import { jest } from "@jest/globals";

// The SDK loads a package manager, to find the packages that a serialized function uses; the one here uses none.
jest.mock("@npmcli/arborist", () => ({}), { virtual: true });

require("./azure/resources");
require("./azure/settings");
require("./azure/observe");
require("./azure/model");
require("./azure/pitfalls");
require("./azure/rights");
require("./azure/code");
require("./azure/program");
