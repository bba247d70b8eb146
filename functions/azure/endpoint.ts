import { azureInfer } from "../../adapters/azure/infer";
import type { Inference } from "./inference";

/** The model on Container Apps or Azure ML. */
export const inference: Inference = {
  mode: "endpoint",
  maxInFlight: 4,
  open: ({ pipeline, settings, credentials }) => {
    const { url, kind, deployment } = settings.endpoint ?? { url: "", kind: "container-app", deployment: undefined };
    return azureInfer({ pipeline, url, kind, deployment, credentials });
  },
};
