import type { Schema } from "../../../schemas/schema";
import { isDefault } from "../../defaults";
import { UNKNOWN } from "../../values";
import type { Around, Dialect } from "../dialect";
import { plainDialect } from "../plain";
import { answer, renewed } from "./answers";
import { GROUP } from "./config";
import { invoke } from "./invokes";
import { namingOf } from "./naming";
import { refuseCreate, refuseDelete, settleMs } from "./refusals";
import { checkRules } from "./rules";

const SERVICE = "azure-native:storage:BlobServiceProperties";

/** Azure as its provider shows it. The provider itself starts with any configuration. */
export function azureDialect(schema: Schema): Dialect {
  return {
    ...plainDialect(schema),
    naming: (type) => namingOf(type),

    defaults(type, inputs, around) {
      const isTracked = "location?" in (schema.resources[type]?.inputs ?? {});
      const location = isTracked ? defaultLocation(inputs["resourceGroupName"], around) : undefined;
      return location === undefined ? {} : { location };
    },

    // A name that is not random would be taken: provider/pkg/provider/provider.go, Diff.
    deletesFirst: (naming, before) => !naming || naming.random === 0 || !isDefault(before, naming.property),

    checkRules,
    answer,
    renewed: (type) => renewed(schema, type),
    refuseCreate,
    refuseDelete,
    // A group goes with all that is in it, and an account with its containers. A service of an account stays, as it was.
    contains: ({ type, id }, other) => type !== SERVICE && other.id.toLowerCase().startsWith(`${id.toLowerCase()}/`),
    settleMs,
    invoke,
  };
}

/** Where the resource is already, what the configuration says, where the group is: in this order, as in the provider. */
function defaultLocation(group: unknown, { before, config, cloud }: Around): unknown {
  const fixed = before?.["location"] ?? config["location"];
  if (fixed !== undefined || group === undefined || group === UNKNOWN) return fixed ?? group;
  return cloud.list(GROUP).find(({ outputs }) => outputs["name"] === group)?.outputs["location"];
}
