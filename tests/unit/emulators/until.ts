/** Sockets answer in real time. Below Jest's own limit, so that a wait in vain ends with its test. */
const PATIENCE_MS = 4_000;

/** Waits for what sockets bring, and does `step` meanwhile. */
export async function until(condition: () => boolean, step: () => Promise<void> = turn): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error("waited in vain");
    await step();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
