/** The promise's outcome, or the abort reason if `signal` aborts first. The promise itself goes on. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let wake: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => (wake = resolve));
  signal.addEventListener("abort", wake, { once: true });
  try {
    await Promise.race([promise, aborted]);
    signal.throwIfAborted();
    return await promise;
  } finally {
    signal.removeEventListener("abort", wake);
  }
}
