/** What is used of a registry of a client library. */
export interface Registry {
  /** Of what `metrics()` gives. */
  readonly contentType: string;
  /** All metrics as text. */
  metrics(): Promise<string>;
  /** All metrics, with their values. */
  getMetricsAsJSON(): Promise<object[]>;
  /** The metric of that name, if there is one. */
  getSingleMetric(name: string): unknown;
}

/** What is used of `prom-client`, `@prometheus-io/client` or `@platformatic/prom-client`. */
export interface MetricsClient {
  /** The client's own registry. */
  readonly register: Registry;
  /** Makes the histogram of requests. */
  // What each client asks for is its own; all take what is given here.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly Histogram: new (configuration: any) => Histogram;
}

export interface Histogram {
  observe(labels: Record<string, string | number>, value: number): void;
}

/** The packages that are looked for. The first was there long before the others, which began as copies of it. */
export const clientNames = ['prom-client', '@prometheus-io/client', '@platformatic/prom-client'] as const;

export type ClientName = (typeof clientNames)[number];

export function isRegistry(given: unknown): given is Registry {
  const { metrics, getMetricsAsJSON } = (given ?? {}) as Partial<Registry>;
  return typeof metrics === 'function' && typeof getMetricsAsJSON === 'function';
}

export function isClient(given: unknown): given is MetricsClient {
  const { Histogram, register } = (given ?? {}) as Partial<MetricsClient>;
  return typeof Histogram === 'function' && isRegistry(register);
}

/** Whether there is a metric in the client's own registry. */
export function isInUse({ register }: MetricsClient): boolean {
  const { getMetricsAsArray } = register as { getMetricsAsArray?: () => readonly unknown[] };
  return (getMetricsAsArray?.call(register).length ?? 0) > 0;
}

/** Whether a registry was made by this client. */
export function isOfClient(registry: Registry, client: MetricsClient): boolean {
  const { Registry } = client as { Registry?: new () => object };
  return Registry !== undefined && registry instanceof Registry;
}
