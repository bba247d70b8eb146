import type { Clock, Random } from "../../shared/clock";
import { type DeadLetter, encodeDeadLetter } from "../../shared/deadletter";
import { SluiceError } from "../../shared/errors";
import type { CallOptions, DeadLetterFilter, DeadLetterStore } from "../../shared/ports";
import { guarded } from "../guarded";
import { lazy } from "../lazy";
import type { LetterBox } from "../letters/box";
import { findOwn, locateOwn } from "../letters/find";
import { firstPerKey, part } from "../letters/key";
import { oldestFirst, ownLetters } from "../letters/list";
import { parallel } from "../parallel";
import { systemClock, systemRandom } from "../system";
import { DEFAULT_MAX_ATTEMPTS, errorOf } from "./attempts";
import { blobContainer } from "./blob";
import { type AzureClient, type AzureClientOptions, azureClient, SCOPES } from "./client";
import { putNotices } from "./deadletter/notice";

export interface AzureDeadLettersOptions extends Pick<AzureClientOptions, "credentials" | "timeoutMs"> {
  /** URL of the blob container, `https://<account>.blob.core.windows.net/<container>`. */
  container: string;
  /** URL of a Storage queue that is told of every letter, `https://<account>.queue.core.windows.net/<queue>`. Default: none. */
  queue?: string | undefined;
  /** Where the letters are in the container. Default `dead-letters/`. */
  prefix?: string | undefined;
  /** Told of blobs that hold no letter; they stay. */
  onUnreadable?: ((blob: string, why: string) => void) | undefined;
  /** Calls in all for one request, the first included. Default 2. */
  maxAttempts?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used for the container instead of one of our own. */
  client?: AzureClient | undefined;
}

export interface AzureDeadLetters extends DeadLetterStore {
  /** The container's. Made at its first use. */
  readonly client: AzureClient;
  get(id: string, options?: CallOptions): Promise<DeadLetter | undefined>;
}

/** No tier of Event Hubs that this runs on takes a longer event. Storage would, but a letter is in memory as a whole. */
const MAX_EVENT_BYTES = 10 * 1024 * 1024;

/** An account takes 20,000 requests a second; this many are quick enough and leave sockets for others. */
const AT_ONCE = 32;

/**
 * Dead letters as one blob each, and a message in a queue that says where they are, for whoever wants to be told: letters
 * that are put again are told again, and those that are taken stay in the messages.
 *
 * `list` is in order of `failedAt` as far as the letters of each partition failed in the order of their offsets. A letter
 * that two processes take at once can come again: its event's id makes that harmless.
 */
export function azureDeadLetters(options: AzureDeadLettersOptions): AzureDeadLetters {
  const { prefix = "dead-letters/", queue, credentials, timeoutMs, maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
  const { clock = systemClock, random = systemRandom, onUnreadable = () => {} } = options;
  const place = {
    stage: "deadletter",
    adapter: "azure/deadletter",
    coordinates: { container: options.container },
  } as const;
  const { run, each } = guarded(place, errorOf);
  const blobs = blobContainer({ ...options, place, maxAttempts });
  const notices = lazy(() =>
    queue === undefined
      ? undefined
      : azureClient({ endpoint: queue, scope: SCOPES.storage, credentials, timeoutMs, clock }),
  );
  const box: LetterBox = { objects: blobs, prefix, own: new Map(), onUnreadable };

  return {
    capabilities: { payload: true, maxEventBytes: MAX_EVENT_BYTES },

    get client() {
      return blobs.client;
    },

    put: (letters: readonly DeadLetter[], { signal }: CallOptions = {}) =>
      run(signal, async () => {
        for (const { body } of letters) if (body.length > MAX_EVENT_BYTES) throw tooLong();
        const byName = [...firstPerKey(prefix, letters)];
        await parallel(byName, AT_ONCE, async ([name, letter]) => {
          // One that is there already stays as it is.
          await blobs.put(name, encodeDeadLetter(letter), { contentType: "application/json", ifAbsent: true, signal });
        });
        // Also of what was there before: the call that put it may have failed before it told.
        const told = notices();
        const toldAt = { ...place, coordinates: { queue: queue ?? "" } };
        if (told) await putNotices(told, byName, { place: toldAt, clock, random, maxAttempts, signal });
      }),

    list: (filter: DeadLetterFilter, { signal }: CallOptions = {}) => each(signal, listLetters(box, filter, signal)),

    get: (id, { signal } = {}) => run(signal, () => findOwn(box, id, signal)),

    take: (ids: readonly string[], { signal }: CallOptions = {}) =>
      run(signal, async () => {
        let taken = 0;
        const found = await locateOwn(box, new Set(ids.map(part)), signal);
        await parallel([...found], AT_ONCE, async ([id, name]) => {
          if (await blobs.delete(name, { signal })) taken++;
          box.own.delete(id);
        });
        return taken;
      }),

    // Connections belong to the process: there is nothing to close.
    close: async () => {},
  };
}

async function* listLetters(
  box: LetterBox,
  filter: DeadLetterFilter,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeadLetter> {
  let left = filter.limit;
  if (left <= 0) return;
  for await (const letter of oldestFirst(await ownLetters(box, filter, signal), filter)) {
    yield letter;
    if (--left <= 0) return;
  }
}

function tooLong(): SluiceError {
  const message = `An event is longer than ${MAX_EVENT_BYTES} bytes.`;
  return new SluiceError("store-rejected", "deadletter", message, { adapter: "azure/deadletter" });
}
