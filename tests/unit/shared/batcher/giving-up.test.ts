import { describe, expect, it } from "@jest/globals";
import { answer, echoed as echo, rows, batcherSetting as setting } from "../../../support/batcher";
import { settled } from "../../../support/manual-clock";
import { listeners } from "../../../support/promises";

describe("a caller that gives up", () => {
  it("is answered at once and leaves the queue", async () => {
    const { infer, calls, sizes } = setting();
    const host = new AbortController();
    void infer.infer(rows(1));
    const waiting = infer.infer(rows(2, 100), { signal: host.signal });
    const other = infer.infer(rows(3, 200));

    host.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled", stage: "infer" });
    answer(calls[0]!);
    await settled();
    answer(calls[1]!);

    expect(sizes()).toEqual([1, 3]);
    expect(await other).toEqual(echo(rows(3, 200)));
  });

  it("leaves from behind, and from its own place alone", async () => {
    const { infer, calls, sizes } = setting();
    const host = new AbortController();
    void infer.infer(rows(1));
    const others = [
      infer.infer(rows(2, 100)),
      infer.infer(rows(3, 200), { signal: host.signal }),
      infer.infer(rows(4, 300)),
    ];
    const states = Promise.allSettled(others);

    host.abort();
    answer(calls[0]!);
    await settled();
    answer(calls[1]!);

    expect((await states).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(sizes()).toEqual([1, 6]);
  });

  it("while its rows are on their way takes nobody else from the queue", async () => {
    const { infer, calls } = setting();
    const host = new AbortController();
    const leaver = infer.infer(rows(1), { signal: host.signal });
    const waiting = infer.infer(rows(2, 100));

    host.abort();
    await expect(leaver).rejects.toMatchObject({ message: "The caller gave up before the prediction was there." });
    answer(calls[0]!);
    await settled();
    answer(calls[1]!);

    expect(await waiting).toEqual(echo(rows(2, 100)));
  });

  it("before it called is answered without a call", async () => {
    const { infer, calls } = setting();

    const result = infer.infer(rows(1), { signal: AbortSignal.abort() });

    await expect(result).rejects.toMatchObject({ code: "cancelled" });
    expect(calls).toEqual([]);
  });

  it("while its rows are on their way is answered at once and does not harm those who joined", async () => {
    const { infer, calls } = setting();
    const host = new AbortController();
    void infer.infer(rows(1));
    const leaver = infer.infer(rows(2, 100), { signal: host.signal });
    const stayer = infer.infer(rows(2, 200));
    answer(calls[0]!);
    await settled();

    host.abort();
    await expect(leaver).rejects.toMatchObject({ code: "cancelled" });
    answer(calls[1]!);

    expect(await stayer).toEqual(echo(rows(2, 200)));
  });

  it("after it was answered changes nothing", async () => {
    const { infer, calls } = setting();
    const host = new AbortController();
    const result = infer.infer(rows(1, 5), { signal: host.signal });
    answer(calls[0]!);

    await result;
    expect(listeners(host.signal)).toBe(0);
    host.abort();

    expect(await result).toEqual(echo(rows(1, 5)));
  });
});
