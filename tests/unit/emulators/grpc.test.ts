import { once } from "node:events";
import { connect } from "node:net";
import { credentials, loadPackageDefinition, type ServiceClientConstructor, type ServiceError } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { afterEach, describe, expect, it } from "@jest/globals";
import { listenGrpc, type Method, RpcError, sendRpcError, unary } from "../../../emulators/grpc";
import { opened } from "./opened";

const DEFINITION = fromJSON({
  nested: {
    Text: { fields: { text: { type: "string", id: 1 } } },
    Echo: {
      methods: {
        Say: { requestType: "Text", responseType: "Text", comment: "" },
        Sing: { requestType: "Text", responseType: "Text", comment: "" },
      },
    },
  },
});
const Echo = loadPackageDefinition(DEFINITION)["Echo"] as ServiceClientConstructor;
const clients: { close(): void }[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

interface Text {
  text: string;
}

async function harness(say: Method<Text, Text> = (request) => request) {
  const server = await opened(
    listenGrpc({
      services: [{ definition: Echo.service, implementation: { say: unary(say) } }],
      handle: (request, response) => {
        if (request.url === "/fails") return sendRpcError(response, new RpcError("ALREADY_EXISTS", "it is there"));
        if (request.url === "/breaks") throw new Error("a bug");
        response.end(`${request.method} ${request.url}`);
      },
    }),
  );
  const client = new Echo(server.endpoint, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 });
  clients.push(client);
  const call = (method: "say" | "sing", text: string) =>
    new Promise<string>((resolve, reject) => {
      const deadline = Date.now() + 3000;
      client[method]?.({ text }, { deadline }, (error: ServiceError | null, answer?: Text) =>
        error === null ? resolve(answer?.text ?? "") : reject(error),
      );
    });
  const get = async (path: string) => {
    const response = await fetch(`http://${server.endpoint}${path}`);
    return { status: response.status, text: await response.text() };
  };
  /** What the server sends to a connection that gets these bytes one at a time. */
  const raw = async (text: string) => {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => undefined);
    for (const byte of text) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [answer] = await once(socket, "data");
    socket.destroy();
    return answer as Buffer;
  };
  return { server, call, get, raw };
}

describe("gRPC and HTTP/1.1 on one port", () => {
  it("answer each in its own way, in turn and at the same time", async () => {
    const { call, get } = await harness();

    const answers = await Promise.all([call("say", "a"), get("/b"), call("say", "c"), get("/d")]);

    expect(answers).toEqual(["a", { status: 200, text: "GET /b" }, "c", { status: 200, text: "GET /d" }]);
  });

  it("are told apart however slowly the first bytes come", async () => {
    const { raw } = await harness();

    const http1 = await raw("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
    const http2 = await raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    expect(String(http1)).toMatch(/^HTTP\/1\.1 200 .*GET \/slow$/s);
    // A frame of type 4: its settings are what an HTTP/2 server sends first.
    expect(http2[3]).toBe(4);
  });

  it("take messages far above the 4 MiB of grpc-js", async () => {
    const { call } = await harness();
    const text = "x".repeat(9_000_000);

    expect((await call("say", text)).length).toBe(text.length);
  });

  it("carry the status that a method throws, and INTERNAL for anything else", async () => {
    const { call, get } = await harness(({ text }) => {
      throw text === "known" ? new RpcError("NOT_FOUND", "nothing there") : new Error("a bug");
    });

    await expect(call("say", "known")).rejects.toMatchObject({ code: 5, details: "nothing there" });
    await expect(call("say", "unknown")).rejects.toMatchObject({ code: 13 });
    await expect(call("sing", "a")).rejects.toMatchObject({ code: 12 });
    const failed = await get("/fails");
    expect(failed.status).toBe(409);
    expect(JSON.parse(failed.text)).toEqual({
      error: { code: 409, status: "ALREADY_EXISTS", message: "it is there" },
    });
    expect((await get("/breaks")).status).toBe(500);
  });

  it("tell a method that its caller has gone", async () => {
    let gone: AbortSignal | undefined;
    const { server, call } = await harness((_, signal) => {
      gone = signal;
      return new Promise(() => undefined);
    });
    const calling = call("say", "a").catch((error: ServiceError) => error.code);
    while (gone === undefined) await new Promise((resolve) => setImmediate(resolve));
    const aborted = once(gone, "abort");

    await server.close();

    await aborted;
    expect(await calling).toBe(14);
  });

  it("end with all their connections", async () => {
    const { server, call, get } = await harness();
    await call("say", "a");
    await get("/b");

    await server.close();
    await server.close();

    await expect(call("say", "a")).rejects.toMatchObject({ code: 14 });
    await expect(get("/b")).rejects.toThrow();
  });
});
