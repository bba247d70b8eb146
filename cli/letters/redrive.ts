import { createHash } from "node:crypto";
import type { LocalDatabase } from "../../adapters/local";
import type { DeadLetter } from "../../shared/deadletter";
import { ConfigError } from "../../shared/errors";
import type { Pipeline } from "../../shared/pipeline";
import { createRouter } from "../events/route";
import { Failure } from "../failure";
import { count, counted } from "../format";
import { commandName, quoted, shown } from "../options";
import { INPUT_PARTITION } from "../run/produce";
import { createTerminal } from "../terminal";
import { type FilterOptions, filterOf, withDatabase } from "./options";

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
  return withDatabase(options, async (database, pipeline) => {
    const chosen = ids.length > 0 ? [...ids] : await idsOf(database, options);
    const result = { redriven: 0, incomplete: 0, notFound: 0 };
    for (let from = 0; from < chosen.length; from += BATCH) {
      const batch = await Promise.all(chosen.slice(from, from + BATCH).map((id) => database.deadLetters.get(id)));
      const found = batch.filter((letter) => letter !== undefined);
      const whole = found.filter(isWhole);
      result.notFound += batch.length - found.length;
      result.incomplete += found.length - whole.length;
      result.redriven += await sendAgain(database, pipeline, whole);
    }
    if (terminal.json) return terminal.data({ ...result, database: database.directory });
    terminal.print(`${counted(result.redriven, "event")} sent again`);
    if (result.notFound > 0) terminal.print(`${count(result.notFound)} not found`);
    if (result.incomplete > 0)
      terminal.print(
        `${count(result.incomplete)} left: only their beginning was kept, because they are too long for the log`,
      );
    const file = options.pipeline === undefined ? "<pipeline file>" : quoted(options.pipeline);
    if (result.redriven > 0)
      terminal.print(
        `process them with  ${commandName()} work --pipeline ${file} --database ${quoted(shown(database.directory))} --until-drained`,
      );
  });
}

/** All of them before anything is sent: a letter that comes back meanwhile is not redriven for ever. */
async function idsOf(database: LocalDatabase, options: FilterOptions): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of database.deadLetters.list(filterOf(options, Number.MAX_SAFE_INTEGER))) ids.push(id);
  return ids;
}

/** Events that never were in the log, being too long for it, are kept in part only. */
function isWhole({ position }: DeadLetter): boolean {
  return position.partition !== INPUT_PARTITION;
}

async function sendAgain(
  database: LocalDatabase,
  pipeline: Pipeline | undefined,
  letters: readonly DeadLetter[],
): Promise<number> {
  if (letters.length === 0) return 0;
  const route = pipeline ? createRouter(pipeline, database.partitions) : undefined;
  const ids = letters.map(({ id }) => id);
  // The same letters make the same producer, so a redrive that was killed before it took the letters sends nothing twice.
  const producer = `redrive-${createHash("sha256").update(ids.join("\n")).digest("hex").slice(0, 24)}`;
  const report = await database.ingest.publish({
    keys: letters.map((letter) => letter.key ?? route?.(letter.body) ?? letter.id),
    bodies: letters.map(({ body }) => body),
    producer: { id: producer, sequence: 0 },
  });
  const failed = new Set(report.failures.map(({ index }) => index));
  await database.deadLetters.take(ids.filter((_, index) => !failed.has(index)));
  const [failure] = report.failures;
  if (failure)
    throw new Failure(
      `${failed.size} events could not be sent: ${failure.error.message}. Their letters are still there.`,
    );
  return letters.length;
}
