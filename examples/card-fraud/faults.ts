import type { Dice } from "./dice";

/** What producers really send now and then: each takes the text of a good event and spoils it. */
const FAULTS = {
  truncated: (text: string, { whole }: Dice) => text.slice(0, whole(1, text.length - 2)),
  invalidUtf8: (text: string) => {
    const bytes = Buffer.from(text);
    bytes[text.indexOf("card-") + 2] = 0xff;
    return new Uint8Array(bytes);
  },
  empty: () => "",
  notJson: () => "<html><head><title>502 Bad Gateway</title></head></html>",
  inArray: (text: string) => `[${text}]`,
  tooDeep: (text: string) => text.replace('"category":', `"category":${"[".repeat(200)}${"]".repeat(200)},"old":`),
  infiniteAmount: (text: string) => text.replace(/"amount":[\d.]+/, '"amount":1e999'),
  negativeAmount: (text: string) => text.replace('"amount":', '"amount":-'),
  numberAsString: (text: string) => text.replace(/"amount":([\d.]+)/, '"amount":"$1"'),
  decimalComma: (text: string) => text.replace(/"amount":(\d+)\.(\d+)/, '"amount":"$1,$2"'),
  missingField: (text: string) => text.replace(/"at":\d+,/, ""),
  renamedField: (text: string) => text.replace('"amount":', '"amt":'),
  nullField: (text: string) => text.replace(/"cardId":"[^"]*"/, '"cardId":null'),
  flagAsText: (text: string) => text.replace(/"foreign":(true|false)/, '"foreign":"$1"'),
  unknownCategory: (text: string) => text.replace(/"category":"[^"]*"/, '"category":"crypto-exchange"'),
  badId: (text: string) => text.replace('"transactionId":"', '"transactionId":"../'),
} as const satisfies Record<string, (text: string, dice: Dice) => string | Uint8Array>;

export type Fault = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

/** A good event's text with one fault, drawn with equal chances. */
export function spoil(text: string, dice: Dice): { fault: Fault; body: string | Uint8Array } {
  const fault = dice.pick(FAULT_NAMES);
  return { fault, body: FAULTS[fault](text, dice) };
}
