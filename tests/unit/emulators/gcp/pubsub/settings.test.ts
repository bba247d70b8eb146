import { describe, expect, it } from "@jest/globals";
import type { SubscriptionRequest } from "../../../../../emulators/gcp/pubsub/resources";
import { readSubscription } from "../../../../../emulators/gcp/pubsub/settings";
import { SUBSCRIPTION, TOPIC } from "./pubsub-harness";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const required = { name: SUBSCRIPTION, topic: TOPIC };
const storage = (config: object, ackDeadlineSeconds = 600) => ({
  ackDeadlineSeconds,
  cloudStorageConfig: { bucket: "bucket", ...config },
});

describe("a subscription", () => {
  it.each<[string, Partial<SubscriptionRequest>]>([
    ["a deadline of 10 s", { ackDeadlineSeconds: 10 }],
    ["a deadline of 10 minutes", { ackDeadlineSeconds: 600 }],
    ["a retention of 10 minutes", { messageRetentionDuration: 10 * MINUTE }],
    ["a retention of 31 days", { messageRetentionDuration: 31 * DAY }],
    ["no backoff at all", { retryPolicy: { minimumBackoff: 0, maximumBackoff: 0 } }],
    ["an export of 10 minutes", storage({ maxDuration: 10 * MINUTE })],
    ["a table", { bigqueryConfig: { table: "project.dataset.table" } }],
    ["an empty push endpoint beside an export", { pushConfig: {}, ...storage({}) }],
  ])("may have %s", (_, settings) => {
    expect(readSubscription({ ...required, ...settings })).toMatchObject(settings);
  });

  it.each<[string, object]>([
    ["a deadline below 10 s", { ackDeadlineSeconds: 9 }],
    ["a deadline above 10 minutes", { ackDeadlineSeconds: 601 }],
    ["a retention below 10 minutes", { messageRetentionDuration: 10 * MINUTE - 1 }],
    ["a retention above 31 days", { messageRetentionDuration: 31 * DAY + 1 }],
    ["an expiration within a day", { expirationPolicy: { ttl: DAY - 1 } }],
    ["a backoff above 10 minutes", { retryPolicy: { minimumBackoff: 10 * MINUTE + 1 } }],
    ["a least backoff above the most", { retryPolicy: { minimumBackoff: MINUTE, maximumBackoff: MINUTE - 1 } }],
    ["an endpoint that is no URL", { pushConfig: { pushEndpoint: "nowhere" } }],
    ["an endpoint that is not HTTP", { pushConfig: { pushEndpoint: "ftp://127.0.0.1/" } }],
    ["a token of nobody's", { pushConfig: { pushEndpoint: "http://127.0.0.1/", oidcToken: {} } }],
    ["two ways to deliver", { ...storage({}), bigqueryConfig: { table: "project.dataset.table" } }],
    ["an export without a bucket", storage({ bucket: "" })],
    ["an export longer than the deadline", storage({ maxDuration: 5 * MINUTE }, 299)],
    ["an export of less than a minute", storage({ maxDuration: MINUTE - 1 })],
    ["an export of objects that end like folders", storage({ filenameSuffix: "/" })],
    ["an export without seconds in its names", storage({ filenameDatetimeFormat: "YYYY/MM/DD/hh_mm" })],
    ["an export of few messages", storage({ maxMessages: 999 })],
    ["a table without a project", { bigqueryConfig: { table: "dataset.table" } }],
    ["the name of a topic", { name: TOPIC }],
  ])("may not have %s", (_, settings) => {
    const read = () => readSubscription({ ...required, ...settings });

    expect(read).toThrow(expect.objectContaining({ status: "INVALID_ARGUMENT" }));
  });

  it.each([
    ["filter", { filter: 'attributes.a = "b"' }],
    ["enableExactlyOnceDelivery", { enableExactlyOnceDelivery: true }],
    ["messageTransforms", { messageTransforms: [{}] }],
    ["noWrapper", { pushConfig: { pushEndpoint: "http://127.0.0.1/", noWrapper: {} } }],
    ["useTopicSchema", { bigqueryConfig: { table: "project.dataset.table", useTopicSchema: true } }],
  ])("with %s is refused, since the emulator would behave differently", (_, settings) => {
    const read = () => readSubscription({ ...required, ...settings });

    expect(read).toThrow(expect.objectContaining({ status: "UNIMPLEMENTED", code: 12 }));
  });
});
