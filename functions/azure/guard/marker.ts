import type { Message } from "../../../shared/delivery";

/** What a partition's marker says: of the message that runs alone, because a process ended in its batch. */
export interface Marker {
  /** Its sequence number. */
  sequence: string;
  /** How many processes have ended while it ran alone. */
  crashes: number;
  /** `running` is what nobody takes back when its process ends. `waiting`: it was handed back, and runs later. */
  state: "waiting" | "running" | "done";
}

/** As many processes may end while a message runs alone; then it is kept as a dead letter. */
export const MAX_CRASHES = 3;

const STATES: readonly unknown[] = ["waiting", "running", "done"] satisfies Marker["state"][];

/** A marker that was found: whoever wrote it is gone, and if the message ran, it took its process along. */
export function found(marker: Marker | undefined): Marker | undefined {
  return marker?.state === "running" ? { ...marker, crashes: marker.crashes + 1, state: "waiting" } : marker;
}

export function crashesOf(marker: Marker | undefined, { offset }: Message): number {
  return marker?.sequence === offset ? marker.crashes : 0;
}

/** Where a batch goes on whose process has ended: all before the marker's message were done, one by one. */
export function startOf(marker: Marker | undefined, messages: readonly Message[]): number {
  const index = messages.findIndex(({ offset }) => offset === marker?.sequence);
  return index === -1 ? 0 : index + (marker?.state === "done" ? 1 : 0);
}

/** Whether messages can be told from one another. */
export function isNumbered(messages: readonly Message[]): boolean {
  return messages.length > 0 && messages.every(({ offset }) => offset !== "");
}

/** Whether the marker's message is in the batch. */
export function isIn(messages: readonly Message[], marker: Marker | undefined): boolean {
  return marker !== undefined && messages.some(({ offset }) => offset === marker.sequence);
}

/** Whether the partition has gone past the marker's message. */
export function isPast(messages: readonly Message[], marker: Marker | undefined): boolean {
  return marker !== undefined && Number(messages[0]?.offset) > Number(marker.sequence);
}

export function encodeMarker(marker: Marker): string {
  return `${JSON.stringify(marker)}\n`;
}

/** Undefined if it is something else. */
export function decodeMarker(text: string): Marker | undefined {
  try {
    const { sequence, crashes, state } = JSON.parse(text) as Marker;
    const isMarker = typeof sequence === "string" && Number.isSafeInteger(crashes) && STATES.includes(state);
    return isMarker ? { sequence, crashes, state } : undefined;
  } catch {
    return undefined;
  }
}
