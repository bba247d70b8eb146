import assert from "node:assert/strict";
import { editCode } from "./edits";
import { theOnly } from "./expect";
import type { Lifecycle } from "./lifecycle";

export const ALIAS = "aws:lambda/alias:Alias";
export const ENDPOINT = "aws:sagemaker/endpoint:Endpoint";
export const ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration";
export const FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream";
export const FUNCTION = "aws:lambda/function:Function";
export const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
export const MODEL = "aws:sagemaker/model:Model";
export const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";
export const POLICY = "aws:appautoscaling/policy:Policy";
export const PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig";
export const STREAM = "aws:kinesis/stream:Stream";
export const TABLE = "aws:dynamodb/table:Table";

const STORE = "infra/aws/store.ts";

/** What every configuration of the stack `aws` goes through alike. */
export const AWS: Pick<Lifecycle, "providers" | "code" | "store" | "keys"> = {
  providers: ["aws"],

  code: {
    make: editCode,
    // A new version in place; the alias follows, and with it the mapping, whose checkpoint stays.
    updates: { [FUNCTION]: ["code"], [ALIAS]: ["functionVersion"] },
    check(state) {
      assert.equal(theOnly(state, FUNCTION).outputs?.["version"], "2");
      assert.equal(theOnly(state, ALIAS).outputs?.["functionVersion"], "2");
    },
  },

  store: {
    make: (workspace) => workspace.configure({ maxWriteUnits: 1000 }),
    updates: { [TABLE]: ["onDemandThroughput"] },
  },

  keys: {
    make(workspace) {
      workspace.edit(STORE, 'rangeKey: "sk"', 'rangeKey: "id"');
      workspace.edit(STORE, 'name: "sk"', 'name: "id"');
    },
    undo(workspace) {
      workspace.edit(STORE, 'rangeKey: "id"', 'rangeKey: "sk"');
      workspace.edit(STORE, 'name: "id"', 'name: "sk"');
    },
    replaces: { [TABLE]: ["rangeKey"] },
  },
};
