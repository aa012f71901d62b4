import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';

export interface Product {
  id: string;
  name: string;
  price: number;
}

/** Stands for your database: it is asked, and it is closed when no request can come any more. */
@Injectable()
export class Store implements OnApplicationShutdown {
  readonly #logger = new Logger(Store.name);
  readonly #products: readonly Product[] = [
    { id: 'kettle', name: 'Kettle', price: 49 },
    { id: 'toaster', name: 'Toaster', price: 39 },
  ];
  #isClosed = false;

  async find(id: string): Promise<Product | undefined> {
    await setTimeout(10);
    if (this.#isClosed) throw new Error('The store is closed.');
    return this.#products.find((product) => product.id === id);
  }

  isOpen(): boolean {
    return !this.#isClosed;
  }

  onApplicationShutdown(signal?: string): void {
    this.#isClosed = true;
    this.#logger.log(`closed at ${signal ?? 'the end'}`);
  }
}
