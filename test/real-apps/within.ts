/** What `promise` resolves with; fails if that takes longer. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves once the promise has settled, or the time is over. */
export async function settledOrAfter(ms: number, promise: Promise<unknown>): Promise<void> {
  await within(ms, '', promise).catch(() => {});
}
