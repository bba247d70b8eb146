import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command's words and results go. With `--json` standard output holds JSON alone, and words go to standard error. */
export interface Terminal {
  readonly json: boolean;
  /** For text that goes through `print`. */
  readonly colors: Colors;
  /** The reader of standard output has gone: there is no point in further rows. */
  readonly closed: boolean;
  /** Results for people. */
  print(text?: string): void;
  /** What goes on, for people: always standard error. */
  note(text: string): void;
  /** One JSON document or one row of many, on a line of its own. Only with `--json` or for a command whose result is JSON. */
  data(value: unknown): void;
}

export function createTerminal({ json = false }: { json?: boolean | undefined }): Terminal {
  const target = json ? process.stderr : process.stdout;
  return {
    json,
    colors: picocolors.createColors(isColorful(target)),
    get closed() {
      return process.stdout.destroyed || process.stdout.errored !== null;
    },
    print: (text = "") => write(target, `${text}\n`),
    note: (text) => write(process.stderr, `${text}\n`),
    data: (value) => write(process.stdout, `${JSON.stringify(value)}\n`),
  };
}

/** https://no-color.org: any value that is not empty turns colors off. */
export function isColorful(stream: { isTTY?: boolean | undefined }): boolean {
  return stream.isTTY === true && !process.env["NO_COLOR"];
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!stream.destroyed) stream.write(text);
}
