import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { Store, type Product } from './store.js';

@Controller('products')
export class ProductsController {
  constructor(private readonly store: Store) {}

  @Get(':id')
  async find(@Param('id') id: string): Promise<Product> {
    const product = await this.store.find(id);
    if (product === undefined) throw new NotFoundException();
    return product;
  }
}
