import { worker } from '@baton/core/worker';
import { loadedClients } from './find-clients.js';
import type { Registry } from './metrics-client.js';

/** Those that the primary knows. Apps in one process may have the same ones. */
const exposed = new WeakSet<Registry>();

/** Has no metrics: when it is asked for them, it exposes the registries of clients that were loaded meanwhile. */
const newClients = {
  getMetricsAsJSON: async (): Promise<[]> => {
    expose(registriesOfClients());
    return [];
  },
};

/** The registries whose metrics an app shows. */
export class AppRegistries {
  readonly #given: readonly Registry[];
  readonly #withClients: boolean;

  /** `withClients`: besides those given, the own registries of all clients that the app has loaded, whenever that was. */
  constructor(given: readonly Registry[], withClients: boolean) {
    this.#given = given;
    this.#withClients = withClients;
  }

  all(): Registry[] {
    const ofClients = this.#withClients ? registriesOfClients() : [];
    return [...new Set([...ofClients, ...this.#given])];
  }

  /** Has the primary serve them. */
  expose(): void {
    expose(this.all());
    if (this.#withClients) worker.exposeMetrics(newClients);
  }
}

function registriesOfClients(): Registry[] {
  return loadedClients().map(({ register }) => register);
}

function expose(registries: readonly Registry[]): void {
  for (const registry of registries) {
    if (exposed.has(registry)) continue;
    exposed.add(registry);
    worker.exposeMetrics(registry);
  }
}
