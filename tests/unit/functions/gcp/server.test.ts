import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { manualClock } from "../../../support/manual-clock";
import { cleanUp, exchange, openHandler, PUSH, serving } from "./handlers";

afterEach(cleanUp);

describe("the end of the function", () => {
  it("lets what is under way finish, and takes nothing more", async () => {
    const work = Promise.withResolvers<{ status: number }>();
    const { post, url, close, started } = await serving({
      process: () => work.promise,
      clock: manualClock({ auto: false }),
    });
    const first = post(PUSH);
    await started(1);

    const closed = close();
    const refused = await fetch(url, { method: "POST" }).catch(() => undefined);
    work.resolve({ status: 204 });

    expect(await first).toMatchObject({ status: 204 });
    await closed;
    expect(refused).toBeUndefined();
  });

  it("refuses what still comes in on an open connection", async () => {
    const { handle, close } = openHandler();
    await close();

    const push = await exchange(handle, { body: PUSH, rawBody: Buffer.from("{}") });
    const ready = await exchange(handle, { url: "/ready", method: "GET" });

    expect([push.response.statusCode, ready.response.statusCode]).toEqual([503, 503]);
    expect(push.headers["connection"]).toBe("close");
  });

  it("hands back after eight seconds what is not done, and answers", async () => {
    const clock = manualClock({ auto: false });
    const process = (_: unknown, signal: AbortSignal) =>
      new Promise<{ status: number }>((resolve) => {
        signal.addEventListener("abort", () => resolve({ status: 503 }));
      });
    const { post, close, started } = await serving({ process, clock });
    const answer = post(PUSH);
    await started(1);

    const closed = close();
    await clock.advance(7_999);
    const before = clock.sleepers();
    await clock.advance(1);

    expect(before).toBe(1);
    expect(await answer).toMatchObject({ status: 503 });
    await closed;
    expect(clock.sleepers()).toBe(0);
  });

  it("does not wait for a sender that never ends its body", async () => {
    const clock = manualClock({ auto: false });
    const { port, close } = await serving({ clock });
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    await once(socket, "connect");
    await new Promise((resolve) => setTimeout(resolve, 20));

    const closed = close();
    await clock.advance(8_000);

    await expect(closed).resolves.toBeUndefined();
  });

  it("leaves no timer behind", async () => {
    const clock = manualClock({ auto: false });
    const { close } = openHandler({ clock });

    await close();
    await clock.advance(0);

    expect(clock.sleepers()).toBe(0);
  });
});
