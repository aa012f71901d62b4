import type { APIRoute } from 'astro';
import { products } from '../../products';

export const GET: APIRoute = ({ params }) => {
  const product = products.find(({ id }) => id === params.id);
  return product === undefined ? new Response('No such product', { status: 404 }) : Response.json(product);
};
