import { ConfigError, clip } from "../../shared/errors";
import { decodeUtf8 } from "../../shared/guards";
import { withDeployment } from "../deployment";
import { count, moment } from "../format";
import { createTerminal } from "../terminal";
import { type LetterOptions, withoutBody } from "./options";

export function show(id: string, options: LetterOptions & { payload?: boolean }): Promise<void> {
  const terminal = createTerminal(options);
  const { colors } = terminal;
  return withDeployment(options, async ({ deadLetters, location }) => {
    const letter = await deadLetters.get(id);
    if (!letter)
      throw new ConfigError(
        `there is no dead letter ${JSON.stringify(clip(id, 80))}.`,
        location,
        "`sluice dead-letters list` shows the ids.",
      );
    const text = decodeUtf8(letter.body);
    if (terminal.json) {
      const payload =
        text === undefined ? { payloadBase64: Buffer.from(letter.body).toString("base64") } : { payload: text };
      return terminal.data({ ...withoutBody(letter), ...(options.payload ? payload : {}) });
    }
    const { position } = letter;
    const rows: [string, string | undefined][] = [
      ["id", letter.id],
      ["reason", `${letter.code} (${letter.stage})`],
      ["message", letter.message],
      ["failed at", moment(letter.failedAt)],
      ["attempts", count(letter.attempts)],
      ["key", letter.key],
      ["event id", letter.eventId],
      [
        "source",
        `${position.source}, partition ${position.partition}, offset ${position.offset}, event ${position.index}`,
      ],
      ["pipeline", `${letter.pipeline}, version ${letter.pipelineVersion}`],
      ["model", letter.modelVersion],
      ["event", `${count(letter.body.length)} bytes${options.payload ? ":" : " (--payload shows them)"}`],
    ];
    for (const [name, value] of rows) if (value) terminal.print(`${colors.dim(name.padEnd(9))}  ${clip(value)}`);
    // Control characters are escaped: an event must not be able to drive a terminal.
    if (options.payload)
      terminal.print(
        text === undefined ? Buffer.from(letter.body).toString("base64") : clip(text, letter.body.length + 1),
      );
  });
}
