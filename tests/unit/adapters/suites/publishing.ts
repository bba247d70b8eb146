import { describe, expect, it } from "@jest/globals";
import type { Action, Actions, SluiceError } from "sluice";
import { type Answer, abortedMidway } from "../../../support/answers";
import { errorOf } from "../../../support/contract";
import type { HttpRequest, StubReply } from "../../../support/http-stub";
import { settled } from "../../../support/manual-clock";
import { action } from "../../../support/records";

export interface PublishingSubject {
  /** Runs a test with the adapter, which tries once, before a service that does as the test says. */
  publishing<T>(
    answer: Answer,
    test: (actions: Actions, requests: readonly HttpRequest[]) => Promise<T>,
    options?: { parallel?: number },
  ): Promise<T>;
  /** What a request holds. */
  actionsOf(request: HttpRequest): readonly Action[];
  takeAll: (request: HttpRequest) => StubReply;
  /** The most that go into one request. */
  perRequest: number;
  /** An answer of a service that is down, and what the failures of its actions say. */
  outage: { reply: StubReply; error: Partial<Pick<SluiceError, "code" | "adapter" | "coordinates">> };
  /** What the service says to a request with something in it that it does not take. */
  refusal: StubReply;
}

/** What every adapter does that publishes actions by several to a request. */
export function publishesInRequests(subject: PublishingSubject): void {
  const { publishing, actionsOf, takeAll, perRequest, outage, refusal } = subject;
  /** Two requests and a half. */
  const many = numbered(2.5 * perRequest);

  describe("requests", () => {
    it("hold as many actions as they may", async () => {
      const [failures, requests] = await publishing(
        takeAll,
        async (actions, sent) => [await actions.publish(many), sent],
        { parallel: 1 },
      );

      expect(failures).toEqual([]);
      expect(requests.map((request) => actionsOf(request).length)).toEqual([perRequest, perRequest, perRequest / 2]);
      expect(requests.flatMap(actionsOf)).toEqual(many);
    });

    it("go out side by side, a few at once", async () => {
      let now = 0;
      let most = 0;
      const answer: Answer = async (request) => {
        most = Math.max(most, ++now);
        for (let turn = 0; turn < 20; turn++) await settled();
        now--;
        return takeAll(request);
      };

      const failures = await publishing(answer, (actions) => actions.publish(numbered(12 * perRequest)));

      expect(failures).toEqual([]);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(4);
    });

    it("are none where there are no actions", async () => {
      const [failures, requests] = await publishing(takeAll, async (actions, sent) => [
        await actions.publish([]),
        sent,
      ]);

      expect([requests.length, failures.length]).toEqual([0, 0]);
    });

    it("that fail fail their actions and no others", async () => {
      const failures = await publishing(
        (request, number) => (number === 1 ? outage.reply : takeAll(request)),
        (actions) => actions.publish(many),
        { parallel: 1 },
      );

      expect(failures.map(({ index }) => index)).toEqual(many.keys().drop(perRequest).take(perRequest).toArray());
      for (const { error } of failures) expect(error).toMatchObject(outage.error);
    });

    it("that are refused for what they hold blame the action that is to blame", async () => {
      const last = perRequest - 1;
      const bad = new Set([action(4).id, action(last).id]);

      const [failures, requests] = await publishing(
        (request) => (actionsOf(request).some(({ id }) => bad.has(id)) ? refusal : takeAll(request)),
        async (actions, sent) => [await actions.publish(many), sent],
      );

      expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
        [4, "store-rejected"],
        [last, "store-rejected"],
      ]);
      expect(requests.length).toBeLessThan(50);
    });
  });

  describe("cancellation", () => {
    it("before the start throws and sends nothing", async () => {
      const [error, requests] = await publishing(takeAll, async (actions, sent) => [
        await errorOf(actions.publish([action(1)], { signal: AbortSignal.abort() })),
        sent,
      ]);

      expect(error).toMatchObject({ code: "cancelled", stage: "actions" });
      expect(requests).toEqual([]);
    });

    it("under way ends at once, and what is not known to be out has failed", async () => {
      const { signal, hang } = abortedMidway();

      const failures = await publishing(
        (request, number) => (number === 0 ? takeAll(request) : hang()),
        (actions) => actions.publish(many, { signal }),
        { parallel: 1 },
      );

      expect(failures.map(({ index }) => index)).toEqual(many.keys().drop(perRequest).toArray());
      expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(["cancelled"]));
    });
  });
}

function numbered(count: number): Action[] {
  return Array.from({ length: count }, (_, i) => action(i));
}

/** An action whose JSON is longer than usual by so many bytes, in characters of two. */
export function large(number: number, bytes: number): Action {
  const note = "é".repeat(Math.floor(bytes / 2)) + "x".repeat(bytes % 2);
  return { ...action(number), prediction: { note } };
}
