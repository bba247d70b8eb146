import type { Failure } from "../../../check";
import { isObject, type Properties } from "../../../values";
import { at, between, fail, failIf, matches, oneOf, type Rule } from "../../rule";

const MB = 1_048_576;
const CAPTURE = "captureDescription";
const RETENTION = "retentionDescription";
const FORMAT_PARTS = ["Namespace", "EventHub", "PartitionId", "Year", "Month", "Day", "Hour", "Minute", "Second"];
/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas */
const MOST_PARTITIONS = 32;
const MOST_UNITS = 40;

export const STREAM: Readonly<Record<string, Rule>> = {
  "azure-native:eventhub:Namespace": (inputs) => [
    oneOf(at(inputs, "sku.name"), "sku.name", ["Basic", "Premium", "Standard"]),
    between(at(inputs, "sku.capacity"), "sku.capacity", 1, MOST_UNITS),
    between(inputs["maximumThroughputUnits"], "maximumThroughputUnits", 0, MOST_UNITS),
    oneOf(inputs["minimumTlsVersion"], "minimumTlsVersion", ["1.0", "1.1", "1.2"]),
    ...inflation(inputs),
  ],
  "azure-native:eventhub:EventHub": (inputs) => [
    between(inputs["partitionCount"], "partitionCount", 1, MOST_PARTITIONS),
    failIf(
      inputs["messageRetentionInDays"] !== undefined && inputs[RETENTION] !== undefined,
      "messageRetentionInDays",
      "messageRetentionInDays and retentionDescription exclude each other",
    ),
    oneOf(at(inputs, `${RETENTION}.cleanupPolicy`), `${RETENTION}.cleanupPolicy`, ["Compact", "Delete"]),
    ...capture(inputs[CAPTURE]),
  ],
  "azure-native:eventgrid:Topic": (inputs) => [
    oneOf(inputs["inputSchema"], "inputSchema", ["CloudEventSchemaV1_0", "CustomEventSchema", "EventGridSchema"]),
    oneOf(inputs["minimumTlsVersionAllowed"], "minimumTlsVersionAllowed", ["1.0", "1.1", "1.2"]),
    oneOf(inputs["publicNetworkAccess"], "publicNetworkAccess", ["Disabled", "Enabled", "SecuredByPerimeter"]),
  ],
};

/** A namespace grows by itself in the Standard tier only, and to no fewer units than it starts with. */
function inflation(inputs: Properties): (Failure | undefined)[] {
  const most = inputs["maximumThroughputUnits"];
  if (inputs["isAutoInflateEnabled"] !== true)
    return [failIf(Number(most ?? 0) > 0, "maximumThroughputUnits", "must be 0 when isAutoInflateEnabled is not set")];
  return [
    failIf(at(inputs, "sku.name") !== "Standard", "isAutoInflateEnabled", "only the Standard tier inflates"),
    failIf(
      Number(most) < Number(at(inputs, "sku.capacity") ?? 1),
      "maximumThroughputUnits",
      "must not be below sku.capacity",
    ),
  ];
}

/** https://learn.microsoft.com/azure/event-hubs/event-hubs-capture-overview */
function capture(given: unknown): (Failure | undefined)[] {
  if (!isObject(given)) return [];
  const format = at(given, "destination.archiveNameFormat");
  return [
    oneOf(given["encoding"], `${CAPTURE}.encoding`, ["Avro", "AvroDeflate"]),
    between(given["intervalInSeconds"], `${CAPTURE}.intervalInSeconds`, 60, 900),
    between(given["sizeLimitInBytes"], `${CAPTURE}.sizeLimitInBytes`, 10 * MB, 500 * MB),
    matches(
      at(given, "destination.name"),
      `${CAPTURE}.destination.name`,
      /^EventHubArchive\.(?:AzureBlockBlob|AzureDataLake)$/,
    ),
    ...FORMAT_PARTS.map((part) =>
      typeof format !== "string" || format.includes(`{${part}}`)
        ? undefined
        : fail(`${CAPTURE}.destination.archiveNameFormat`, `the name format must contain {${part}}`),
    ),
  ];
}
