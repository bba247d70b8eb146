import { attempting } from "../attempts";
import { azureError } from "./errors";

export { type Attempts, DEFAULT_MAX_ATTEMPTS, passesSoon, pause } from "../attempts";

export const { attempted, errorOf } = attempting(azureError);
