import { attempting } from "../../attempts";
import { gcpError } from "../errors";

export { type Attempts, DEFAULT_MAX_ATTEMPTS, passesSoon, pause } from "../../attempts";

export const { attempted, errorOf } = attempting(gcpError);
