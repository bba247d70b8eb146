import { editCode } from "./edits";
import type { Lifecycle } from "./lifecycle";

export const BUDGET = "gcp:billing/budget:Budget";
export const DATABASE = "gcp:firestore/database:Database";
export const ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint";
export const FUNCTION = "gcp:cloudfunctionsv2/function:Function";
export const OBJECT = "gcp:storage/bucketObject:BucketObject";
export const SERVICE = "gcp:cloudrunv2/service:Service";
export const SUBSCRIPTION = "gcp:pubsub/subscription:Subscription";
export const TABLE = "gcp:bigquery/table:Table";
const TABLE_RIGHT = "gcp:bigquery/iamMember:IamMember";

const TABLE_FILE = "infra/gcp/results.ts";
const BY_STORED = 'field: "stored_at"';
const BY_EVENT = 'field: "event_time"';

/** The committed stack file leaves the project out. */
export const PLACE = { "gcp:project": "stand-in-project", "gcp:region": "us-central1" };

/** What every configuration of the stack `gcp` goes through alike. */
export const GCP: Pick<Lifecycle, "providers" | "code" | "store" | "keys"> = {
  providers: ["gcp"],

  code: {
    make: editCode,
    replaces: { [OBJECT]: ["name", "source"] },
    // Its new generation is what makes the function be built again, in place.
    updates: {
      [FUNCTION]: ["buildConfig.source.storageSource.generation", "buildConfig.source.storageSource.object"],
    },
  },

  store: {
    make: (workspace) => workspace.configure({ bigqueryDays: 365 }),
    updates: { [TABLE]: ["timePartitioning.expirationMs"] },
  },

  keys: {
    make: (workspace) => workspace.edit(TABLE_FILE, BY_STORED, BY_EVENT),
    undo: (workspace) => workspace.edit(TABLE_FILE, BY_EVENT, BY_STORED),
    // The right goes and comes with its table, for no reason of its own.
    replaces: { [TABLE]: ["timePartitioning"], [TABLE_RIGHT]: [] },
    oldGoes: "first",
  },
};
