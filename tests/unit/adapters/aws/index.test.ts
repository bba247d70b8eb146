import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "@jest/globals";
import { type AwsDeployment, openAws } from "../../../../adapters/aws";
import { openDynamoDb } from "../../../../emulators/aws/dynamodb";
import { openS3 } from "../../../../emulators/aws/s3";
import "../../../support/aws-stub";
import { manualClock } from "../../../support/manual-clock";
import { all, letter, rowBatch } from "../../../support/records";

const RESOURCES = { stream: "events", table: "predictions", bucket: "lake", bus: "actions", pipeline: "fraud" };

describe("a deployment on AWS", () => {
  it("needs neither credentials nor services before something is used", async () => {
    const deployment = openAws(RESOURCES, { region: "eu-central-1" });

    await expect(deployment.close()).resolves.toBeUndefined();
  });

  it("makes each adapter once, for the one region", async () => {
    const deployment = openAws(RESOURCES, { region: "eu-central-1" });

    const names = ["ingest", "store", "deadLetters", "actions", "archive"] as const satisfies (keyof AwsDeployment)[];
    for (const name of names) {
      expect(deployment[name]).toBe(deployment[name]);
      expect(await deployment[name].client.config.region()).toBe("eu-central-1");
    }
    await deployment.close();
  });

  it("puts predictions into the table and dead letters into the bucket, by the one clock", async () => {
    const [database, s3] = await Promise.all([openDynamoDb(), openS3()]);
    await database.createTable(RESOURCES.table);
    s3.createBucket(RESOURCES.bucket);
    const deployment = openAws(RESOURCES, {
      clock: manualClock({ start: 7 }),
      store: { endpoint: database.endpoint },
      deadLetters: { endpoint: s3.endpoint },
      archive: { endpoint: s3.endpoint },
    });

    await deployment.store.write(rowBatch(2));
    await deployment.deadLetters.put([letter(1)]);

    expect(await deployment.store.read("k1", "e1")).toMatchObject({ id: "e1", storedAt: 7 });
    expect(await deployment.deadLetters.get(letter(1).id)).toMatchObject({ id: letter(1).id });
    expect(await all(deployment.archive.read({}))).toEqual([]);
    await deployment.close();
    await Promise.all([database.close(), s3.close()]);
  });

  it("leaves the clients open that it was given", async () => {
    const client = new EventBridgeClient({ region: "eu-central-1" });
    let destroyed = false;
    client.destroy = () => {
      destroyed = true;
    };
    const deployment = openAws(RESOURCES, { actions: { client } });

    expect(deployment.actions.client).toBe(client);
    await deployment.close();

    expect(destroyed).toBe(false);
  });
});
