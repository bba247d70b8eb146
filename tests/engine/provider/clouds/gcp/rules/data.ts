import type { Failure } from "../../../check";
import { type Properties, UNKNOWN } from "../../../values";
import { at, between, fail, failIf, isJson, matches, oneOf, type Rule } from "../../rule";

interface Column {
  name: string;
  type: string;
}

const RETENTION = "softDeletePolicy.retentionDurationSeconds";

export const DATA: Readonly<Record<string, Rule>> = {
  "gcp:bigquery/dataset:Dataset": (inputs) => [
    matches(inputs["datasetId"], "datasetId", /^\w{1,1024}$/),
    oneOf(inputs["storageBillingModel"], "storageBillingModel", ["LOGICAL", "PHYSICAL"]),
  ],
  "gcp:bigquery/table:Table": (inputs) => [
    matches(inputs["tableId"], "tableId", /^\S{1,1024}$/),
    isJson(inputs["schema"], "schema"),
    ...columns(inputs),
  ],
  "gcp:firestore/database:Database": (inputs) => [
    matches(inputs["name"], "name", /^(?:\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$/),
    oneOf(inputs["type"], "type", ["DATASTORE_MODE", "FIRESTORE_NATIVE"]),
    oneOf(inputs["concurrencyMode"], "concurrencyMode", [
      ...["OPTIMISTIC", "OPTIMISTIC_WITH_ENTITY_GROUPS", "PESSIMISTIC"],
    ]),
    oneOf(inputs["deleteProtectionState"], "deleteProtectionState", [
      ...["DELETE_PROTECTION_DISABLED", "DELETE_PROTECTION_ENABLED"],
    ]),
    oneOf(inputs["pointInTimeRecoveryEnablement"], "pointInTimeRecoveryEnablement", [
      ...["POINT_IN_TIME_RECOVERY_DISABLED", "POINT_IN_TIME_RECOVERY_ENABLED"],
    ]),
  ],
  "gcp:firestore/field:Field": (inputs) => [
    failIf(
      inputs["indexConfig"] === undefined && inputs["ttlConfig"] === undefined,
      "indexConfig",
      "a field needs indexConfig or ttlConfig",
    ),
  ],
  "gcp:storage/bucket:Bucket": (inputs) => [
    matches(inputs["name"], "name", /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/),
    oneOf(inputs["publicAccessPrevention"], "publicAccessPrevention", ["enforced", "inherited"]),
    at(inputs, RETENTION) === 0 ? undefined : between(at(inputs, RETENTION), RETENTION, 604_800, 7_776_000),
  ],
};

/** A table is partitioned and clustered by columns that it has. */
function columns(inputs: Properties): (Failure | undefined)[] {
  const { schema, clusterings } = inputs;
  if (typeof schema !== "string" || schema === UNKNOWN || isJson(schema, "schema")) return [];
  const all = JSON.parse(schema) as Column[];
  const by = Array.isArray(clusterings) ? clusterings : [];
  const partition = at(inputs, "timePartitioning.field");
  const type = all.find(({ name }) => name === partition)?.type;
  return [
    ...by.map((name, i) =>
      all.some((column) => column.name === name) ? undefined : fail(`clusterings[${i}]`, `there is no column ${name}`),
    ),
    failIf(by.length > 4, "clusterings", "a table has four clustering columns at most"),
    partition === undefined
      ? undefined
      : failIf(
          !["DATE", "DATETIME", "TIMESTAMP"].includes(String(type)),
          "timePartitioning.field",
          `${String(partition)} is no column of a time: ${String(type)}`,
        ),
  ];
}
