import { describe, expect, it } from "@jest/globals";
import { openBigQuery } from "../../../../../emulators/gcp/bigquery";
import type { SubscriptionJson } from "../../../../../emulators/gcp/pubsub";
import { openHttpFaults } from "../../../../../emulators/http-faults";
import { opened } from "../../opened";
import { until } from "../../until";
import { DEAD, DEAD_HOLD, pubsubHarness, SUBSCRIPTION, TOPIC, textOf } from "./pubsub-harness";

const TABLE = "p.pipeline.predictions";
const deadLetterPolicy = { deadLetterTopic: DEAD, maxDeliveryAttempts: 5 };

async function harness() {
  const bigquery = await opened(openBigQuery());
  const faults = await opened(openHttpFaults({ target: bigquery.endpoint }));
  const all = await pubsubHarness({ bigquery: faults.endpoint });
  return {
    ...all,
    bigquery,
    faults,
    load: (config: Partial<SubscriptionJson["bigqueryConfig"]> = {}, settings: Partial<SubscriptionJson> = {}) =>
      all.subscribe({ bigqueryConfig: { table: TABLE, useTableSchema: true, ...config }, ...settings }),
    /** Time passes until nothing is left. */
    settle: () =>
      until(
        () => all.pubsub.subscription(SUBSCRIPTION).unacked === 0,
        () => all.clock.advance(100),
      ),
  };
}

const columns = [
  { name: "event_id", type: "STRING", mode: "REQUIRED" },
  { name: "score", type: "FLOAT" },
] as const;

describe("a BigQuery subscription", () => {
  it("inserts the fields of each message as a row, and acknowledges after that", async () => {
    const { bigquery, pubsub, load, publish } = await harness();
    bigquery.createTable(TABLE, columns);
    load();

    publish('{"event_id":"1","score":0.5}', '{"event_id":"2","score":1}');
    await pubsub.idle();

    expect(bigquery.rows(TABLE)).toEqual([
      { event_id: "1", score: 0.5 },
      { event_id: "2", score: 1 },
    ]);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ acked: 2, unacked: 0 });
  });

  it("adds the metadata where it is asked to", async () => {
    const { bigquery, clock, pubsub, load } = await harness();
    const metadata = ["subscription_name", "message_id", "publish_time", "attributes"];
    bigquery.createTable(TABLE, [...columns, ...metadata.map((name) => ({ name, type: "STRING" }) as const)]);
    load({ writeMetadata: true });

    const [id] = pubsub.publish(TOPIC, [{ data: '{"event_id":"1","score":0.5}', attributes: { a: "b" } }]);
    await pubsub.idle();

    expect(bigquery.rows(TABLE)).toEqual([
      {
        event_id: "1",
        score: 0.5,
        subscription_name: SUBSCRIPTION,
        message_id: id,
        publish_time: new Date(clock.now()).toISOString(),
        attributes: '{"a":"b"}',
      },
    ]);
  });

  it("writes the data as it is without a schema", async () => {
    const { bigquery, pubsub, load, publish } = await harness();
    bigquery.createTable(TABLE, [{ name: "data", type: "STRING" }]);
    load({ useTableSchema: false });

    publish("no JSON");
    await pubsub.idle();

    expect(bigquery.rows(TABLE)).toEqual([{ data: "no JSON" }]);
  });

  it("moves the rows that the table refuses to the dead-letter topic, and only those", async () => {
    const { bigquery, pubsub, load, publish, pull, settle } = await harness();
    bigquery.createTable(TABLE, columns);
    load({}, { deadLetterPolicy });
    const bad = ["no JSON", "[]", '{"event_id":"3","other":1}', '{"score":1}'];

    publish('{"event_id":"1"}', ...bad, '{"event_id":"2"}');
    await settle();

    expect(bigquery.rows(TABLE).map((row) => row["event_id"])).toEqual(["1", "2"]);
    const letters = await pull(DEAD_HOLD);
    expect(letters.map(textOf).toSorted()).toEqual(bad.toSorted());
    for (const { message } of letters)
      expect(message.attributes?.["CloudPubSubDeadLetterSourceDeliveryErrorMessage"]).toMatch(/\w/);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ acked: 2, deadLettered: 4 });
  });

  it("drops unknown fields where it may", async () => {
    const { bigquery, pubsub, load, publish } = await harness();
    bigquery.createTable(TABLE, columns);
    load({ dropUnknownFields: true });

    publish('{"event_id":"1","other":1}');
    await pubsub.idle();

    expect(bigquery.rows(TABLE)).toHaveLength(1);
  });

  it("keeps everything while BigQuery does not answer", async () => {
    const { bigquery, pubsub, load, publish, settle, faults } = await harness();
    bigquery.createTable(TABLE, columns);
    load();
    let failures = 2;
    faults.set(() => (failures-- > 0 ? { kind: "reset" } : undefined));

    publish('{"event_id":"1"}', '{"event_id":"2"}');
    await settle();

    expect(bigquery.rows(TABLE)).toHaveLength(2);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ nacked: 0, acked: 2 });
  });
});
