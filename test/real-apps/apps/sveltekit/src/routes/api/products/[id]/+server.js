import { error, json } from '@sveltejs/kit';
import { products } from '$lib/products.js';

export function GET({ params }) {
  const product = products.find(({ id }) => id === params.id);
  return product === undefined ? error(404, 'No such product') : json(product);
}
