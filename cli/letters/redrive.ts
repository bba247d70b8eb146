import { createHash } from "node:crypto";
import type { DeadLetter } from "../../shared/deadletter";
import { decodeEnvelope, isEnvelope } from "../../shared/envelope";
import { ConfigError } from "../../shared/errors";
import type { Pipeline } from "../../shared/pipeline";
import { type Deployment, withDeployment } from "../deployment";
import { createRouter } from "../events/route";
import { Failure } from "../failure";
import { count, counted } from "../format";
import { commandName } from "../options";
import { INPUT_PARTITION } from "../run/produce";
import { createTerminal } from "../terminal";
import { type FilterOptions, filterOf } from "./options";

const BATCH = 200;

/** Sends the events of letters again, then takes the letters out: killed in between, both are there and nothing is lost. */
export function redrive(ids: readonly string[], options: FilterOptions & { all?: boolean }): Promise<void> {
  const terminal = createTerminal(options);
  if (ids.length === 0 && !options.all && options.code === undefined && options.from === undefined)
    throw new ConfigError(
      "no letter was chosen.",
      "command `dead-letters redrive`",
      "Name ids, or use --code, --from or --all.",
    );
  return withDeployment(options, async (deployment, pipeline) => {
    const { deadLetters } = deployment;
    const chosen = ids.length > 0 ? [...ids] : await idsOf(deployment, options);
    const result = { redriven: 0, incomplete: 0, notFound: 0 };
    for (let from = 0; from < chosen.length; from += BATCH) {
      const batch = await Promise.all(chosen.slice(from, from + BATCH).map((id) => deadLetters.get(id)));
      const found = batch.filter((letter) => letter !== undefined);
      const whole = found.filter(isWhole);
      result.notFound += batch.length - found.length;
      result.incomplete += found.length - whole.length;
      result.redriven += await sendAgain(deployment, pipeline, whole);
    }
    if (terminal.json) return terminal.data({ ...result, ...deployment.identity });
    terminal.print(`${counted(result.redriven, "event")} sent again`);
    if (result.notFound > 0) terminal.print(`${count(result.notFound)} not found`);
    if (result.incomplete > 0)
      terminal.print(
        `${count(result.incomplete)} left: only their beginning was kept, because they are too long for the log`,
      );
    if (result.redriven > 0 && deployment.nextCommand)
      terminal.print(`process them with  ${commandName()} ${deployment.nextCommand(options.pipeline)}`);
  });
}

/** All of them before anything is sent: a letter that comes back meanwhile is not redriven for ever. */
async function idsOf({ deadLetters }: Deployment, options: FilterOptions): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of deadLetters.list(filterOf(options, Number.MAX_SAFE_INTEGER))) ids.push(id);
  return ids;
}

/** Events that never were in the log, being too long for it, are kept in part only. */
function isWhole({ position }: DeadLetter): boolean {
  return position.partition !== INPUT_PARTITION;
}

/** Returns how many events were sent. */
async function sendAgain(
  { ingest, deadLetters, partitions }: Deployment,
  pipeline: Pipeline | undefined,
  letters: readonly DeadLetter[],
): Promise<number> {
  if (letters.length === 0) return 0;
  const route = pipeline ? createRouter(pipeline, partitions) : undefined;
  // What the platform itself gave up on is a whole message, which may hold many events.
  const events = letters.flatMap((letter) => eventsOf(letter).map((body) => ({ letter, body })));
  // The same letters make the same producer, so a redrive that was killed before it took the letters sends nothing twice.
  const producer = `redrive-${createHash("sha256")
    .update(letters.map(({ id }) => id).join("\n"))
    .digest("hex")
    .slice(0, 24)}`;
  const report = await ingest.publish({
    keys: events.map(({ letter, body }) => letter.key ?? route?.(body) ?? letter.id),
    bodies: events.map(({ body }) => body),
    producer: { id: producer, sequence: 0 },
  });
  const failed = new Set(report.failures.map(({ index }) => events[index]?.letter));
  await deadLetters.take(letters.filter((letter) => !failed.has(letter)).map(({ id }) => id));
  const [failure] = report.failures;
  if (failure)
    throw new Failure(
      `${counted(report.failures.length, "event")} could not be sent: ${failure.error.message}. Their letters are still there.`,
    );
  return events.length;
}

function eventsOf({ body }: DeadLetter): readonly (string | Uint8Array)[] {
  return (isEnvelope(body) ? decodeEnvelope(body)?.events : undefined) ?? [body];
}
