/** As prom-client has them. */
export const aggregators: readonly string[] = ['sum', 'first', 'min', 'max', 'average', 'omit'];

/**
 * The values of several processes as one; an unknown name is a sum. Of at least one value. An infinity has a part in sums and averages only
 * where there is nothing else: one process would hide what all others say.
 */
export function aggregate(aggregator: string, values: readonly number[]): number {
  const [first = NaN] = values;
  switch (aggregator) {
    case 'first':
      return first;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
  }
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return first;
  const sum = finite.reduce((total, value) => total + value);
  return aggregator === 'average' ? sum / finite.length : sum;
}
