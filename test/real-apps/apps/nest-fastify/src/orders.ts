import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';

/** Tells which of its hooks run. */
@Injectable()
export class Orders implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger(Orders.name);

  onModuleDestroy(): void {
    this.#logger.log('the module is destroyed');
  }

  beforeApplicationShutdown(signal?: string): void {
    this.#logger.log(`before the shutdown at ${signal}`);
  }

  onApplicationShutdown(signal?: string): void {
    this.#logger.log(`shut down at ${signal}`);
  }
}
