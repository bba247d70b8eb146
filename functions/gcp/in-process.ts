import { modelBeside } from "../model-beside";
import type { Inference } from "./inference";

/** The model in the function itself. */
export const inference: Inference = {
  mode: "in-process",
  maxInFlight: 1,
  open: modelBeside,
};
