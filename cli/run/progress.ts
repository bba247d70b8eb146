import cliProgress from "cli-progress";
import { count, duration, rate } from "../format";
import { isColorful } from "../terminal";

/** Where a run stands. */
export interface Standing {
  /** Events processed, by earlier attempts too. */
  processed: number;
  /** Of them, those by earlier attempts. */
  before: number;
  /** Events there will be in all; undefined where nobody knows. */
  total: number | undefined;
  stored: number;
  deadLettered: number;
}

/** Shows how a run goes on, on standard error: a bar on a terminal, otherwise a line now and then. */
export interface Progress {
  update(standing: Standing, elapsedMs: number): void;
  /** Text that must not be overwritten by the bar. */
  note(text: string): void;
  stop(): void;
}

const LINE_MS = 1_000;

export function createProgress(): Progress {
  return process.stderr.isTTY ? bar() : lines();
}

function bar(): Progress {
  const shown = new cliProgress.SingleBar(
    {
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      forceRedraw: false,
      barsize: 24,
      format: (options, params, payload) => {
        const share = payload["known"] ? params.progress : 0;
        const filled = Math.round(share * (options.barsize ?? 24));
        const drawn = "█".repeat(filled) + "░".repeat((options.barsize ?? 24) - filled);
        const color = isColorful(process.stderr) ? `\u001b[36m${drawn}\u001b[39m` : drawn;
        return payload["known"]
          ? ` ${color} ${String(Math.floor(share * 100)).padStart(3)} %  ${payload["text"]}`
          : ` ${payload["text"]}`;
      },
    },
    cliProgress.Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update: (standing, elapsedMs) => {
      if (!isStarted) shown.start(1, 0, { text: "", known: false });
      isStarted = true;
      const { processed, total } = standing;
      shown.setTotal(total ?? 1);
      shown.update(Math.min(processed, total ?? 1), {
        text: describe(standing, elapsedMs),
        known: total !== undefined,
      });
    },
    note: (text) => {
      if (isStarted) shown.stop();
      isStarted = false;
      process.stderr.write(`${text}\n`);
    },
    stop: () => shown.stop(),
  };
}

function lines(): Progress {
  let nextAt = LINE_MS;
  return {
    update: (standing, elapsedMs) => {
      if (elapsedMs < nextAt) return;
      nextAt = elapsedMs + LINE_MS;
      const { processed, total } = standing;
      const share =
        total === undefined ? "" : `${String(Math.floor((processed / Math.max(1, total)) * 100)).padStart(3)} %  `;
      process.stderr.write(`  ${share}${describe(standing, elapsedMs)}\n`);
    },
    note: (text) => process.stderr.write(`${text}\n`),
    stop: () => {},
  };
}

function describe({ processed, before, total, stored, deadLettered }: Standing, elapsedMs: number): string {
  const perSecond = elapsedMs > 0 ? ((processed - before) / elapsedMs) * 1_000 : 0;
  const left = total === undefined || perSecond === 0 ? undefined : ((total - processed) / perSecond) * 1_000;
  const parts = [
    total === undefined ? `${count(processed)} events` : `${count(processed)} of ${count(total)} events`,
    rate(perSecond),
    left === undefined ? undefined : `${duration(Math.max(0, left))} left`,
    `${count(stored)} stored`,
    `${count(deadLettered)} dead letters`,
  ];
  return parts.filter((part) => part !== undefined).join(" · ");
}
