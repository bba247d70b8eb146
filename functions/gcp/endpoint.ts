import { gcpInfer } from "../../adapters/gcp/infer";
import type { Inference } from "./inference";

/** The model on Cloud Run or Vertex AI. */
export const inference: Inference = {
  mode: "endpoint",
  maxInFlight: 4,
  open: ({ pipeline, settings, credentials }) => {
    const { url, kind } = settings.endpoint ?? { url: "", kind: "cloud-run" };
    return gcpInfer({ pipeline, url, kind, credentials });
  },
};
