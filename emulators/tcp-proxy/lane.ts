import { once } from "node:events";
import type { Socket } from "node:net";
import type { Clock } from "../../shared/clock";
import type { TcpSettings } from "../tcp-proxy";

export interface LaneOptions {
  from: Socket;
  to: Socket;
  settings: TcpSettings;
  clock: Clock;
  signal: AbortSignal;
}

/** One direction of a connection. */
export interface Lane {
  /** The settings have changed. */
  refresh(): void;
}

/** What is under way before the sender has to wait. */
const WINDOW_BYTES = 256 * 1024;
/** A limited bandwidth is paced in pieces of this length. */
const SLICE_MS = 20;

interface Piece {
  /** Undefined is the end. */
  data: Buffer | undefined;
  /** When it came, of the monotonic clock. */
  at: number;
}

export function openLane({ from, to, settings, clock, signal }: LaneOptions): Lane {
  const pieces: Piece[] = [];
  let bytes = 0;
  let wake = Promise.withResolvers<void>();
  const notify = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const arrive = (data: Buffer | undefined) => {
    pieces.push({ data, at: clock.monotonic() });
    bytes += data?.length ?? 0;
    if (bytes > WINDOW_BYTES) from.pause();
    notify();
  };
  from.on("data", arrive);
  from.on("end", () => arrive(undefined));
  signal.addEventListener("abort", notify, { once: true });

  async function carry(): Promise<void> {
    for (;;) {
      const piece = pieces[0];
      if (piece === undefined || settings.mode === "hang") {
        await wake.promise;
        signal.throwIfAborted();
        continue;
      }
      const delay = (settings.latencyMs ?? 0) + (piece.data === undefined ? (settings.closeDelayMs ?? 0) : 0);
      const wait = piece.at + delay - clock.monotonic();
      if (wait > 0) {
        await clock.sleep(wait, signal);
      } else if (piece.data === undefined) {
        to.end();
        return;
      } else {
        await carryPart(piece, piece.data);
      }
    }
  }

  /** As much of a piece as the bandwidth lets through at a time, so that a change of mode finds the rest still here. */
  async function carryPart(piece: Piece, data: Buffer): Promise<void> {
    const { bandwidthBytesPerSecond: rate } = settings;
    const part = rate === undefined ? data : data.subarray(0, Math.max(1, Math.round((rate * SLICE_MS) / 1000)));
    if (rate !== undefined) await clock.sleep((part.length * 1000) / rate, signal);
    if (part.length === data.length) pieces.shift();
    else piece.data = data.subarray(part.length);
    bytes -= part.length;
    if (!to.write(part)) await once(to, "drain", { signal });
    if (bytes <= WINDOW_BYTES) from.resume();
  }

  // Ends with the connection: the only thing that can throw is the signal.
  carry().catch(() => undefined);
  return { refresh: notify };
}
