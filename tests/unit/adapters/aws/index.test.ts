import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "@jest/globals";
import { openAws } from "../../../../adapters/aws";
import { openDynamoDb } from "../../../../emulators/aws/dynamodb";
import { openS3 } from "../../../../emulators/aws/s3";
import "../../../support/aws-stub";
import { manualClock } from "../../../support/manual-clock";
import { expectStored, opensLate, PORTS } from "../suites/deployment";

const RESOURCES = { stream: "events", table: "predictions", bucket: "lake", bus: "actions", pipeline: "fraud" };

describe("a deployment on AWS", () => {
  opensLate(
    () => openAws(RESOURCES, { region: "eu-central-1" }),
    (test) => test(),
  );

  it("has all its clients in the one region", async () => {
    const deployment = openAws(RESOURCES, { region: "eu-central-1" });

    for (const name of PORTS) expect(await deployment[name].client.config.region()).toBe("eu-central-1");
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

    await expectStored(deployment, 7);

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
