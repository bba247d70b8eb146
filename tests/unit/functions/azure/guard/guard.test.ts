import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SluiceError } from "sluice";
import { settled } from "../../../../support/manual-clock";
import { openMortal } from "./mortal";

const texts = (count: number, name = "m") => Array.from({ length: count }, (_, i) => `${name}${i}`);
const isPoison = (text: string) => text.startsWith("poison");
const AWAY = new SluiceError("unavailable", "engine", "The blob service is away.");

describe("a batch", () => {
  it("runs as it came, and leaves no marker", async () => {
    const host = openMortal();

    const attempts = await host.run(texts(5));
    await host.run(texts(5), { first: 5 });

    expect([attempts, host.done.length, host.ends]).toEqual([1, 10, 0]);
    expect(host.markerCalls).toEqual(["read"]);
  });

  it("that was handed back is processed again as a whole: nothing ended", async () => {
    let failures = 3;
    const host = openMortal({ failing: (text) => text === "m2" && failures-- > 0 });

    const attempts = await host.run(texts(5));

    expect([attempts, host.handedBack]).toEqual([4, 3]);
    expect(host.done.sort()).toEqual(texts(5));
    expect(host.markerCalls).toEqual(["read"]);
    expect(host.log).toEqual([]);
  });

  it("runs although no marker can be read, where no process has ended", async () => {
    const host = openMortal();
    host.markersAway = AWAY;

    const attempts = await host.run(texts(3));

    expect([attempts, host.done.length]).toEqual([1, 3]);
  });
});

describe("a message that ends its process", () => {
  it("becomes a dead letter after it has run alone three times; all others are processed", async () => {
    const host = openMortal({ deadly: isPoison });
    const batch = [...texts(3, "a"), "poison", ...texts(3, "b")];

    await host.run(batch);

    expect(host.buried).toEqual(["poison"]);
    expect([...new Set(host.done)].sort()).toEqual(["a0", "a1", "a2", "b0", "b1", "b2"]);
    expect(host.ran.filter(isPoison)).toHaveLength(1 + 3);
    expect(host.ends).toBe(1 + 3);
    expect(host.markers.size).toBe(0);
  });

  it("does not make the messages before it run again at each end", async () => {
    const host = openMortal({ deadly: isPoison });

    await host.run([...texts(3, "a"), "poison"]);

    // In the batch, and once more one by one.
    for (const text of texts(3, "a")) expect(host.done.filter((done) => done === text)).toHaveLength(2);
  });

  it("is found beside others of its kind, wherever they are", async () => {
    const host = openMortal({ deadly: isPoison });

    await host.run(["poison 1", "a", "poison 2", "poison 3", "b", "poison 4"]);

    expect(host.buried).toEqual(["poison 1", "poison 2", "poison 3", "poison 4"]);
    expect([...new Set(host.done)].sort()).toEqual(["a", "b"]);
  });

  it("costs no innocent message of another partition, each of which may be in work when it ends the process", async () => {
    const host = openMortal({ deadly: isPoison });
    const partitions = Array.from({ length: 8 }, (_, i) => String(i));

    await Promise.all(
      partitions.map((partition) =>
        host.run([`a${partition}`, partition === "5" ? "poison" : `b${partition}`, `c${partition}`], { partition }),
      ),
    );

    expect(host.buried).toEqual(["poison"]);
    expect(new Set(host.done).size).toBe(8 * 3 - 1);
    expect(host.beside).toBe(0);
  });

  it("is not counted as ended for a batch that began in another partition while it was alone", async () => {
    const host = openMortal({ deadly: isPoison, takesMs: 10 });
    const first = host.run(["poison"]);
    while (host.ends < 1) await settled();

    await Promise.all([first, host.run(texts(4), { partition: "1" })]);

    expect(host.buried).toEqual(["poison"]);
    expect([...new Set(host.done)].sort()).toEqual(texts(4));
  });

  it("leaves the batches behind it as they are", async () => {
    const host = openMortal({ deadly: isPoison });
    await host.run(["poison", "a"]);
    const before = host.markerCalls.length;

    const attempts = await host.run(texts(5), { first: 2 });

    expect([attempts, host.markerCalls.length]).toEqual([1, before]);
  });

  it("is told in the log, by its place", async () => {
    const host = openMortal({ deadly: isPoison });

    await host.run(["a", "poison"], { first: 70 });

    expect(host.log.at(-1)).toBe("Partition 0: message 71 has ended 3 processes; it is kept as dead letters.");
    expect(host.log.join()).not.toContain("poison");
  });

  it("comes again until its letter can be written, and never runs meanwhile", async () => {
    const host = openMortal({ deadly: isPoison });
    host.buryingFails = true;
    const running = host.run(["poison", "a"], { attempts: 50 });
    while (host.handedBack < 3) await settled();

    host.buryingFails = false;
    await running;

    expect(host.buried).toEqual(["poison"]);
    expect(host.ran.filter(isPoison)).toHaveLength(4);
  });
});

describe("a process that ended for another reason", () => {
  it("costs nothing: its messages run one by one, and are done", async () => {
    let ends = 1;
    const host = openMortal({ deadly: () => ends-- > 0 });

    await host.run(texts(5));

    expect(host.buried).toEqual([]);
    expect(host.done).toEqual(texts(5));
    expect(host.markers.size).toBe(0);
  });

  it("does not count against a message that was handed back in between", async () => {
    let [ends, failures] = [1, 5];
    const host = openMortal({
      deadly: (text) => text === "m1" && ends-- > 0,
      failing: (text) => text === "m2" && failures-- > 0,
    });

    await host.run(texts(4));

    expect([host.buried, host.handedBack]).toEqual([[], 5]);
    expect([...new Set(host.done)].sort()).toEqual(texts(4));
  });

  it("leaves messages one by one until the batch is done, however often it is handed back", async () => {
    let failures = 2;
    const host = openMortal({ deadly: isPoison, failing: (text) => text === "a" && failures-- > 0 });

    await host.run(["a", "poison", "b"]);

    expect(host.buried).toEqual(["poison"]);
    expect(host.ends).toBe(4);
  });

  it("has its batch handed back, and nothing run, while the markers are away", async () => {
    let ends = 1;
    const host = openMortal({ deadly: () => ends-- > 0 });
    const running = host.run(texts(3), { attempts: 100 });
    while (host.ends < 1) await settled();
    const before = host.ran.length;
    host.markersAway = AWAY;
    while (host.handedBack < 3) await settled();

    expect(host.ran).toHaveLength(before);
    host.markersAway = undefined;
    await running;

    expect(host.done).toEqual(texts(3));
  });

  it("hands over to the next instance what it knows, though that one's host counts from the start", async () => {
    const host = openMortal({ deadly: isPoison });
    host.markers.set("0", { sequence: "1", crashes: 2, state: "running" });

    await host.run(["a", "poison", "b"]);

    expect(host.buried).toEqual(["poison"]);
    expect([host.ends, host.ran.filter(isPoison).length]).toEqual([0, 0]);
    expect(host.done).toEqual(["a", "b"]);
  });

  it("has left a marker that the partition is past: it says nothing any more", async () => {
    const host = openMortal();
    host.markers.set("0", { sequence: "1", crashes: 3, state: "waiting" });

    await host.run(texts(3), { first: 2 });

    expect([host.done.length, host.log]).toEqual([3, []]);
  });

  it("has left a marker for a message to come: it is heeded when its batch is there", async () => {
    const host = openMortal({ deadly: isPoison });
    host.markers.set("0", { sequence: "4", crashes: 2, state: "running" });

    await host.run(texts(3));
    await host.run(["a", "poison"], { first: 3 });

    expect([host.buried, host.ends]).toEqual([["poison"], 0]);
  });
});

describe("messages that run one by one", () => {
  it("stop in good time, and go on where they were", async () => {
    let ends = 1;
    const host = openMortal({ deadly: () => ends-- > 0, takesMs: 1_000, deadlineMs: 10_000 });

    await host.run(texts(20));

    expect(host.done).toEqual(texts(20));
    expect(host.handedBack).toBeGreaterThan(1);
    expect(host.buried).toEqual([]);
  });

  it("are handed back at a shutdown, which is held against none", async () => {
    const shutdown = new AbortController();
    let ends = 1;
    const host = openMortal({ deadly: () => ends-- > 0, takesMs: 100, signal: shutdown.signal });
    const running = host.run(texts(3), { attempts: 2 });
    while (host.ran.length < 3) await settled();

    shutdown.abort();
    await running;

    expect([...host.markers.values()]).toEqual([{ sequence: "1", crashes: 0, state: "waiting" }]);
  });

  it("are handed back when they have waited for half of their time, without having begun", async () => {
    const host = openMortal({ takesMs: 60_000 });
    host.markers.set("0", { sequence: "0", crashes: 0, state: "running" });
    const slow = host.run(["slow"], { partition: "1" });
    while (host.ran.length < 1) await settled();

    await host.run(["a"], { attempts: 1 });
    const waitedMs = host.clock.monotonic();
    await slow;

    expect(host.ran).toEqual(["slow"]);
    expect(waitedMs).toBeGreaterThanOrEqual(24_000);
    expect(waitedMs).toBeLessThan(25_000);
  });

  it("keep what they are, wherever the deadly ones stand and whatever else fails", async () => {
    const message = fc.constantFrom("healthy", "healthy", "healthy", "poison", "failing");
    const batches = fc.array(fc.array(message, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 0, max: 3 }), async (kinds, failures) => {
        const left = new Map<string, number>();
        const failing = (text: string) => {
          if (!text.startsWith("failing")) return false;
          left.set(text, (left.get(text) ?? failures) - 1);
          return left.get(text)! >= 0;
        };
        const host = openMortal({ deadly: isPoison, failing });
        const named = kinds.map((batch, partition) => batch.map((kind, index) => `${kind} ${partition}.${index}`));

        await Promise.all(
          named.map((batch, partition) => host.run(batch, { partition: String(partition), attempts: 200 })),
        );

        const all = named.flat().sort();
        expect([...new Set(host.buried)].sort()).toEqual(all.filter(isPoison));
        expect([...new Set(host.done)].sort()).toEqual(all.filter((text) => !isPoison(text)));
        expect([host.markers.size, host.beside]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });

  it("are not told from one another without numbers: then the batch stays whole", async () => {
    const host = openMortal();

    await host.run(texts(3), { first: "" });

    expect([host.done, host.markerCalls]).toEqual([texts(3), []]);
  });
});
