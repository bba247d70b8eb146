/** @jest-environment ./tests/support/native-environment.cjs */
import { localAdapters } from "../support/local-harness";
import { contracts } from "./all";

contracts(localAdapters());
