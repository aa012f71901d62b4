/** The values of several processes as one, as prom-client's aggregators have it; an unknown name is a sum. Of at least one value. */
export function aggregate(aggregator: string, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (aggregator) {
    case 'first':
      return values[0] ?? NaN;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'average':
      return sum / values.length;
    default:
      return sum;
  }
}
