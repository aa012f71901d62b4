/** Resolves when the promise has settled, or after so long. */
export async function within(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
