import { describe, expect, it } from "@jest/globals";
import { openIdentity } from "../../../../emulators/azure/identity";
import { openScm, type ScmOptions } from "../../../../emulators/azure/scm";
import { opened } from "../opened";
import { type Call, rest } from "./clients";

const ZIP = "PK\x03\x04 a zip";

async function site(options: ScmOptions = {}) {
  const identity = await opened(openIdentity());
  const scm = await opened(openScm({ identity, ...options }));
  const call = (path: string, { headers = {}, ...request }: Call = {}) =>
    rest(scm.endpoint + path, {
      ...request,
      headers: { authorization: `Bearer ${identity.token("https://management.azure.com")}`, ...headers },
    });
  const publish = (headers = {}, body = ZIP) =>
    call("/api/publish?type=zip", {
      method: "POST",
      body,
      headers: { "content-type": "application/zip", ...headers },
    });
  return { scm, call, publish };
}

describe("a publication", () => {
  it("is answered at once, and asked for until it is done", async () => {
    const { scm, call, publish } = await site({ polls: 2 });

    const taken = await publish();
    const states = [];
    for (let i = 0; i < 3; i++) states.push(await call(`/api/deployments/${taken.json}`));

    const [{ id, zip, status } = {}] = scm.deployments;
    expect([taken.status, taken.json, taken.headers.get("location")]).toEqual([
      202,
      id,
      `${scm.endpoint}/api/deployments/${id}`,
    ]);
    expect(states.map((state) => [state.status, state.json])).toMatchObject([
      [202, { id, status: 0, complete: false }],
      [202, { id, status: 0, complete: false }],
      [200, { id, status: 4, complete: true }],
    ]);
    expect([String(zip), status]).toEqual([ZIP, "success"]);
  });

  it("is answered when it is done, where the site is like that", async () => {
    const { scm, publish } = await site({ style: "synchronous" });

    const { status, json } = await publish();

    expect([status, json]).toMatchObject([200, { status: 4, complete: true }]);
    expect(scm.deployments.map((deployment) => deployment.status)).toEqual(["success"]);
  });

  it("waits for the one before", async () => {
    const { publish, call } = await site({ polls: 0 });

    const answers = [await publish(), await publish()];
    await call("/api/deployments/latest");
    answers.push(await publish());

    expect(answers.map(({ status }) => status)).toEqual([202, 409, 202]);
  });

  it("that fails says so to who asks for it", async () => {
    const { scm, publish, call } = await site({ polls: 0 });
    scm.failNext("failed");

    const taken = await publish();
    const { status, json } = await call("/api/deployments/latest");

    expect([taken.status, status, json]).toMatchObject([
      202,
      200,
      { status: 3, complete: true, status_text: expect.stringContaining("failed") },
    ]);
  });

  it.each([
    ["conflict", 409],
    ["unauthorized", 401],
    ["forbidden", 403],
    ["internal", 500],
  ] as const)("that is refused as %s is %i, once", async (failure, status) => {
    const { scm, publish } = await site();
    scm.failNext(failure);

    const answers = [await publish(), await publish()];

    expect(answers.map((answer) => answer.status)).toEqual([status, 202]);
    expect(scm.deployments).toHaveLength(1);
    expect(scm.requests).toEqual(["POST /api/publish?type=zip", "POST /api/publish?type=zip"]);
  });

  it("is a zip, with a token for management", async () => {
    const { scm, publish } = await site();

    const answers = [
      await publish({ authorization: "Basic eDp5" }),
      await publish({ "content-type": "application/json" }),
      await publish({}, "no zip"),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 400, 400]);
    expect(scm.deployments).toEqual([]);
  });
});

it("what is not there is 404", async () => {
  const { call } = await site();

  const answers = [await call("/api/deployments/latest"), await call("/api/zipdeploy", { method: "POST", body: ZIP })];

  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
});
