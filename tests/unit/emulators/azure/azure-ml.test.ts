import { afterEach, describe, expect, it } from "@jest/globals";
import { encodeRequest, REQUEST_TYPE, RESPONSE_TYPE } from "../../../../adapters/endpoint";
import { type AzureMlOptions, openAzureMl } from "../../../../emulators/azure/azure-ml";
import { openIdentity } from "../../../../emulators/azure/identity";
import { type Handler, listen, readBody } from "../../../../emulators/listen";
import { manualClock } from "../../../support/manual-clock";
import { cleanUp, serving } from "../../functions/model-server/support";
import { opened } from "../opened";
import { until } from "../until";
import { type Call, rest } from "./clients";

afterEach(cleanUp);

/** The emulator in front of a model server that does as the test says. */
async function endpoint(answer: Handler, options: Partial<AzureMlOptions> = {}) {
  const seen: { path: string; type: string | undefined; body: string }[] = [];
  const server = await opened(
    listen(async (request, response) => {
      const body = String(await readBody(request));
      seen.push({ path: request.url ?? "", type: request.headers["content-type"], body });
      await answer(request, response);
    }),
  );
  const identity = await opened(openIdentity());
  const emulator = await opened(openAzureMl({ identity, endpoints: { fraud: server.endpoint }, ...options }));
  const score = ({ headers = {}, body = "{}" }: Call = {}, url = emulator.url("fraud")) =>
    rest(url, {
      method: "POST",
      headers: { authorization: `Bearer ${identity.token("https://ml.azure.com")}`, ...headers },
      body,
    });
  return { seen, score, emulator, server, identity };
}

const saying =
  (text: string): Handler =>
  (_, response) =>
    void response.setHeader("content-type", "text/z").end(text);

it("a request reaches the model server as it is, and the answer says which deployment gave it", async () => {
  const { seen, score } = await endpoint(saying("\0out"));

  const answer = await score({ body: "\0in", headers: { "content-type": "text/x" } });

  expect(seen).toEqual([{ path: "/score", type: "text/x", body: "\0in" }]);
  expect([answer.status, answer.text, answer.headers.get("content-type")]).toEqual([200, "\0out", "text/z"]);
  expect(answer.headers.get("azureml-model-deployment")).toBe("blue");
  expect(answer.headers.get("ms-azureml-model-error-statuscode")).toBeNull();
});

describe("a deployment", () => {
  it("is that of the header, or else the one with the traffic", async () => {
    const [blue, green] = await Promise.all(["blue", "green"].map((name) => opened(listen(saying(name)))));
    const deployments = { blue: blue!.endpoint, green: green!.endpoint };
    const { score } = await endpoint(saying(""), { endpoints: { fraud: { deployments, traffic: "green" } } });

    const answers = [await score(), await score({ headers: { "azureml-model-deployment": "blue" } })];

    expect(answers.map(({ text }) => text)).toEqual(["green", "blue"]);
  });

  it.each(["green", "constructor"])("of the name %s that nobody has made is 404", async (name) => {
    const { score, seen } = await endpoint(saying(""));

    expect((await score({ headers: { "azureml-model-deployment": name } })).status).toBe(404);
    expect(seen).toEqual([]);
  });

  it("has to be named as long as none has any traffic", async () => {
    const { server, score } = await endpoint(saying("out"));
    const emulator = await opened(openAzureMl({ endpoints: { fraud: { deployments: { blue: server.endpoint } } } }));

    const answers = [
      await score({}, emulator.url("fraud")),
      await score({ headers: { "azureml-model-deployment": "blue" } }, emulator.url("fraud")),
    ];

    expect(answers.map(({ status }) => status)).toEqual([404, 200]);
  });

  it("takes so many requests at once, and not one more", async () => {
    const held: (() => void)[] = [];
    const { score } = await endpoint(
      (_, response) => new Promise<void>((go) => held.push(go)).then(() => void response.end()),
      {
        concurrency: 2,
      },
    );

    const first = [score(), score()];
    await until(() => held.length === 2);
    const third = await score();
    for (const go of held.splice(0)) go();
    const statuses = (await Promise.all(first)).map(({ status }) => status);
    const next = score();
    await until(() => held.length === 1);
    held[0]?.();

    expect([statuses, third.status, (await next).status]).toEqual([[200, 200], 429, 200]);
  });

  it("that takes too long is answered for with 408", async () => {
    const clock = manualClock({ auto: false });
    const { score } = await endpoint(() => {}, { clock, timeoutMs: 5_000 });
    let status: number | undefined;

    const answered = score().then((answer) => {
      status = answer.status;
    });
    await until(() => clock.sleepers() > 0);
    await clock.advance(4_999);
    const before = status;
    await clock.advance(1);
    await answered;

    expect([before, status]).toEqual([undefined, 408]);
  });
});

describe("a failure of the model", () => {
  it.each([400, 429, 500])("with %i is 424, with the status and the answer of the model server", async (status) => {
    const { score } = await endpoint((_, response) => void response.writeHead(status).end("its words"));

    const answer = await score();

    expect([answer.status, answer.text]).toEqual([424, "its words"]);
    expect(answer.headers.get("ms-azureml-model-error-statuscode")).toBe(String(status));
    expect(answer.headers.get("ms-azureml-model-error-reason")).toBe("model_error");
  });

  it("that breaks off is 424 as well", async () => {
    const { score } = await endpoint((request) => void request.socket.destroy());

    const { status, headers } = await score();

    expect([status, headers.get("ms-azureml-model-error-statuscode")]).toEqual([424, "503"]);
  });
});

describe("a request", () => {
  it("and its answer have at most 1.5 MB", async () => {
    const { score, seen } = await endpoint((_, response) => void response.end("x".repeat(1_500_001)));

    const answers = [await score({ body: "x".repeat(1_500_001) }), await score({ body: "x".repeat(1_500_000) })];

    expect(answers.map(({ status }) => status)).toEqual([413, 424]);
    expect(seen).toHaveLength(1);
  });

  it("needs a token for Azure Machine Learning", async () => {
    const { score, identity } = await endpoint(saying(""));
    const wrong = `Bearer ${identity.token("https://management.azure.com")}`;

    expect((await score({ headers: { authorization: "" } })).status).toBe(401);
    expect((await score({ headers: { authorization: wrong } })).status).toBe(401);
  });

  it("to an endpoint that is not there is 404", async () => {
    const { score, emulator } = await endpoint(saying(""));

    expect((await score({}, emulator.url("other"))).status).toBe(404);
    expect((await rest(emulator.url("fraud"))).status).toBe(404);
  });
});

it("our own model server answers behind it", async () => {
  const server = await serving("linear");
  const emulator = await opened(openAzureMl({ endpoints: { own: server.url } }));
  const rows = { rows: 2, width: 4, data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };

  const response = await fetch(emulator.url("own"), {
    method: "POST",
    body: new Uint8Array(encodeRequest(rows, 0, 2)),
    headers: { "content-type": REQUEST_TYPE },
  });

  expect([response.status, response.headers.get("content-type")]).toEqual([200, RESPONSE_TYPE]);
});
