import { data } from 'react-router';
import { products } from '../products';
import type { Route } from './+types/product';

export function loader({ params }: Route.LoaderArgs) {
  const product = products.find(({ id }) => id === params.id);
  if (product === undefined) throw data('No such product', { status: 404 });
  return product;
}

export default function Product({ loaderData }: Route.ComponentProps) {
  return (
    <main>
      <h1>{loaderData.name}</h1>
      <p>{loaderData.price} €</p>
    </main>
  );
}
