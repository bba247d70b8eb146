import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { openTcpProxy, type TcpSettings } from "../../../emulators/tcp-proxy";
import { manualClock } from "../../support/manual-clock";
import { opened } from "./opened";
import { until } from "./until";

/** A service that says back what it hears, a proxy before it and a client that is connected through it. */
async function echo(settings: TcpSettings = {}) {
  const server = await opened(listening(createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))));
  const clock = manualClock({ auto: false });
  const proxy = await opened(openTcpProxy({ target: `http://127.0.0.1:${server.port}`, clock, ...settings }));
  return { proxy, clock };
}

async function listening(server: Server) {
  const sockets: Socket[] = [];
  server.on("connection", (socket) => {
    sockets.push(socket);
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A connection with what has come over it so far. */
async function dial(port: number) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const end = new Promise<string>((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    socket.on("close", () => resolve("closed"));
  });
  await opened({ close: async () => void socket.destroy() });
  let text = "";
  socket.on("data", (data) => {
    text += data;
  });
  return { socket, end, text: () => text };
}

/** Gives the sockets of this process time to do what they can do by themselves. */
async function calm(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
}

describe("a proxy in front of a service", () => {
  it("passes everything on, also the end of one side alone", async () => {
    const { proxy } = await echo();
    const client = await dial(proxy.port);

    client.socket.end("hello");

    expect([await client.end, client.text()]).toEqual(["closed", "hello"]);
  });

  it("passes megabytes on unchanged", async () => {
    const { proxy } = await echo();
    const client = await dial(proxy.port);
    const text = "0123456789abcdef".repeat(200_000);

    client.socket.end(text);
    await client.end;

    expect(client.text() === text).toBe(true);
  });

  it("names itself by the target's scheme", async () => {
    const { proxy } = await echo();

    expect(proxy.endpoint).toBe(`http://127.0.0.1:${proxy.port}`);
  });

  it("delays each direction by the latency", async () => {
    const { proxy, clock } = await echo({ latencyMs: 100 });
    const client = await dial(proxy.port);
    client.socket.write("hello");
    await until(() => clock.sleepers() === 1);

    await clock.advance(100);
    await until(() => clock.sleepers() === 1);
    await clock.advance(99);
    await calm();
    const early = client.text();
    await clock.advance(1);
    await until(() => client.text() !== "");

    expect([early, client.text()]).toEqual(["", "hello"]);
  });

  it("lets no more through than the bandwidth", async () => {
    const { proxy, clock } = await echo();
    const client = await dial(proxy.port);
    client.socket.write("x");
    await until(() => client.text() === "x");
    await proxy.set({ bandwidthBytesPerSecond: 1000 });

    client.socket.write("y".repeat(100));
    await until(() => clock.sleepers() > 0);
    const begun = clock.monotonic();
    await until(
      () => client.text().length === 101,
      async () => {
        await clock.advance(1);
        await calm();
      },
    );

    expect(clock.monotonic() - begun).toBeGreaterThanOrEqual(100);
  });

  it("delays the news that a side has closed", async () => {
    const { proxy, clock } = await echo({ closeDelayMs: 500 });
    const client = await dial(proxy.port);
    client.socket.end("hello");
    await until(() => client.text() === "hello" && clock.sleepers() === 1);

    await clock.advance(499);
    await calm();
    const open = proxy.connections();
    await clock.advance(1);
    await until(() => clock.sleepers() === 1);
    await clock.advance(500);

    expect([open, await client.end]).toEqual([1, "closed"]);
  });
});

describe("a change of mode", () => {
  it("to reset ends what is connected, and what connects later", async () => {
    const { proxy } = await echo();
    const before = await dial(proxy.port);
    before.socket.write("x");
    await until(() => before.text() === "x");

    await proxy.set({ mode: "reset" });
    const after = await dial(proxy.port);

    expect([await before.end, await after.end]).toEqual(["ECONNRESET", "ECONNRESET"]);
  });

  it("to hang stalls what is connected and accepts more; back again, nothing is lost", async () => {
    const { proxy } = await echo();
    const before = await dial(proxy.port);
    before.socket.write("1");
    await until(() => before.text() === "1");

    await proxy.set({ mode: "hang" });
    const after = await dial(proxy.port);
    await once(after.socket, "connect");
    before.socket.write("2");
    after.socket.write("3");
    await calm();
    const stalled = [before.text(), after.text()];
    await proxy.set({ mode: "pass" });
    await until(() => before.text() === "12" && after.text() === "3");

    expect(stalled).toEqual(["1", ""]);
  });

  it("to refuse leaves nobody listening, and back again the port is the same", async () => {
    const { proxy } = await echo();
    const before = await dial(proxy.port);
    before.socket.write("x");
    await until(() => before.text() === "x");

    await proxy.set({ mode: "refuse" });
    const refused = await (await dial(proxy.port)).end;
    await proxy.set({ mode: "pass" });
    const after = await dial(proxy.port);
    after.socket.end("back");

    expect([await before.end, refused, await after.end, after.text()]).toEqual([
      "ECONNRESET",
      "ECONNREFUSED",
      "closed",
      "back",
    ]);
  });

  it("keeps the settings that it does not name", async () => {
    const { proxy, clock } = await echo({ latencyMs: 100 });
    await proxy.set({ mode: "pass" });
    const client = await dial(proxy.port);

    client.socket.write("hello");
    await until(() => clock.sleepers() === 1);

    expect(client.text()).toBe("");
  });
});

it("a service that is not there looks like a reset", async () => {
  const { port, close } = await listening(createServer());
  await close();
  const proxy = await opened(openTcpProxy({ target: `http://127.0.0.1:${port}` }));

  const client = await dial(proxy.port);

  expect(await client.end).toBe("ECONNRESET");
});

it("closing ends every connection", async () => {
  const { proxy } = await echo();
  const client = await dial(proxy.port);
  client.socket.write("x");
  await until(() => client.text() === "x");

  await proxy.close();

  expect([await client.end, proxy.connections()]).toEqual(["ECONNRESET", 0]);
});
