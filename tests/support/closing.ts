/** Runs a test with what it needs, and closes that. */
export async function closing<Needed extends { close(): Promise<void> }, T>(
  needed: Needed,
  test: (needed: Needed) => Promise<T>,
): Promise<T> {
  try {
    return await test(needed);
  } finally {
    await needed.close();
  }
}
