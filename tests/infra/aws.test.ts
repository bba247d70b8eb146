import { jest } from "@jest/globals";

// The SDK loads a compiler and a package manager, to serialize functions, which this project never does: half of its start.
jest.mock("typescript", () => ({}), { virtual: true });
jest.mock("@npmcli/arborist", () => ({}), { virtual: true });

require("./aws/resources");
require("./aws/settings");
require("./aws/pitfalls");
require("./aws/rights");
require("./aws/program");
