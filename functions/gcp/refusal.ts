import { messageOf, SluiceError } from "../../shared/errors";

/** A request that gets no further. Anything but a success makes Pub/Sub deliver the message again, later. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  /** The message is for whoever asks; where it does not say all, the log has to. */
  readonly saysAll: boolean;

  constructor(status: number, message: string, { saysAll = true } = {}) {
    super(message);
    this.status = status;
    this.saysAll = saysAll;
  }
}

/** How a request is answered whose work was ended by whatever was thrown. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const code = thrown instanceof SluiceError ? thrown.code : undefined;
  if (code === "envelope") return new Refusal(400, messageOf(thrown));
  const message = "The message could not be processed; the log says why.";
  return new Refusal(code === undefined ? 500 : 503, message, { saysAll: false });
}
