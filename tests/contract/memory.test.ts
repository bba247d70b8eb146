import { memoryAdapters } from "../support/memory-harness";
import { contracts } from "./all";

contracts(memoryAdapters());
