import { Database, Field } from "@pulumi/gcp/firestore";
import { interpolate, type Output } from "@pulumi/pulumi";
import type { GcpConfig } from "../config/gcp";
import type { Scope } from "./scope";

export interface Store {
  database: Database;
  /** `projects/<project>/databases/<database>/documents/<collection>`. */
  collection: Output<string>;
}

const COLLECTION = "predictions";

/**
 * Fields that nobody asks by. Each index costs a write more; and one on a field that only rises, such as a time, holds the
 * whole collection to 500 writes a second: https://cloud.google.com/firestore/docs/best-practices. `key` keeps its index.
 */
export const NOT_INDEXED = ["id", "time", "prediction", "truth", "features", "model", "version", "storedAt"];

/** Documents that have it are deleted some time after it. It has no index either, for the same reason. */
const EXPIRES = "expiresAt";

/** The database of predictions. */
export function store(scope: Scope, config: GcpConfig): Store {
  const database = new Database(
    ...scope.inner(
      "database",
      {
        locationId: scope.region,
        type: "FIRESTORE_NATIVE",
        // Nothing here reads before it writes, so there are no locks to pay for.
        concurrencyMode: "OPTIMISTIC",
        pointInTimeRecoveryEnablement: "POINT_IN_TIME_RECOVERY_ENABLED",
        deleteProtectionState: config.deletionProtection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED",
        // By default the provider would forget it and leave it there.
        deletionPolicy: "DELETE",
      },
      scope.keep,
    ),
  );
  const place = { database: database.name, collection: COLLECTION, indexConfig: {} };
  for (const field of NOT_INDEXED) new Field(...scope.inner("field", { ...place, field }, { part: dashed(field) }));
  new Field(...scope.inner("field", { ...place, field: EXPIRES, ttlConfig: {} }, { part: dashed(EXPIRES) }));
  const { project } = scope;
  return {
    database,
    collection: interpolate`projects/${project}/databases/${database.name}/documents/${COLLECTION}`,
  };
}

function dashed(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
