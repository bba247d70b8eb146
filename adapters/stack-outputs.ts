import * as z from "zod";

/** What a deployed stack says about itself: the same names on every cloud, each a name or address that its adapters take. */
export const stackOutputs = z.object({
  /** `aws`, `gcp` or `azure`. */
  cloud: z.string().min(1),
  region: z.string().min(1),
  /** Name of the pipeline. */
  pipeline: z.string().min(1),
  /** Stream, topic or hub that events go into. */
  ingest: z.string().min(1),
  /** Table, collection or container of the predictions. */
  store: z.string().min(1),
  /** Bucket or container of the dead letters. */
  deadLetters: z.string().min(1),
  /** Bucket or container of the raw events; empty where nothing is archived. */
  archive: z.string(),
  /** Bus or topic of the actions; empty where there is none. */
  actions: z.string(),
  /** `in-process`, or the name of the model's endpoint. */
  inference: z.string().min(1),
  /** The function that does the work. */
  function: z.string().min(1),
  /** Address of the dashboard; empty where there is none. */
  dashboard: z.string(),
});

export type StackOutputs = z.output<typeof stackOutputs>;
