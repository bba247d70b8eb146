/** What a publisher sends. */
export interface Draft {
  data: Buffer;
  attributes: Readonly<Record<string, string>>;
  /** Empty: the message has no place in any order. */
  orderingKey: string;
}

/** What a topic has taken. */
export interface Message extends Draft {
  /** Digits; unique in the emulator. */
  id: string;
  /** Place in the order in which the emulator took its messages. */
  sequence: number;
  /** Milliseconds since 1970. */
  publishedAt: number;
  /** Data, attributes and ordering key. */
  bytes: number;
}

/** What counts against the limits: the payload and everything that goes with it. */
export function sizeOf({ data, attributes, orderingKey }: Draft): number {
  let bytes = data.length + Buffer.byteLength(orderingKey);
  for (const [key, value] of Object.entries(attributes)) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  return bytes;
}
