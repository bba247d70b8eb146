import { table } from "./markdown";
import type { Platform } from "./platforms";
import type { Tested } from "./results";

/** How many promises of each group every platform was seen to keep. */
export function testedTable(tests: readonly Tested[], platforms: readonly Platform[]): string {
  const ports = Map.groupBy(tests, ({ port }) => port);
  const rows = [...ports].flatMap(([port, ofPort]) =>
    [...Map.groupBy(ofPort, ({ group }) => group)].map(([group, ofGroup]) => [
      port,
      group,
      ...platforms.flatMap((platform) => cells(platform, ofGroup)),
    ]),
  );
  return table(["port", "promises about", ...platforms.flatMap(columns)], rows);
}

/** The promises that were skipped on a platform, by reason. */
export function skippedList(tests: readonly Tested[], platform: string): string {
  const skipped = tests.filter((test) => test.platform === platform && test.reason !== undefined);
  const byReason = [...Map.groupBy(skipped, ({ reason }) => reason)];
  return byReason.map(([reason, promises]) => `- **${reason}**\n${lines(promises)}`).join("\n") || "Nothing.";
}

/** A deployment that has several kinds of source makes the same promise for each: it is listed once. */
function lines(promises: readonly Tested[]): string {
  return [...new Set(promises.map(({ port, group, title }) => `  - ${port} (${group}): ${title}`))].join("\n");
}

function columns({ name, mark }: Platform): string[] {
  return mark === "real" ? [name] : [name, `${name} (account)`];
}

function cells({ name, mark }: Platform, tests: readonly Tested[]): string[] {
  const here = tests.filter(({ platform }) => platform === name);
  const skipped = here.filter(({ reason }) => reason !== undefined).length;
  const counts = [count(here.length - skipped, "passed"), count(skipped, "skipped")].filter((words) => words !== "");
  const cell = `${mark}: ${counts.join(", ") || "none"}`;
  return mark === "real" ? [cell] : [cell, "not run"];
}

function count(tests: number, what: string): string {
  return tests === 0 ? "" : `${tests} ${what}`;
}
