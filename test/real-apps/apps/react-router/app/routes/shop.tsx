import { Suspense } from 'react';
import { Await, createCookie, Form, redirect } from 'react-router';
import { products } from '../products';
import type { Route } from './+types/shop';

const ordered = createCookie('ordered');

export async function loader({ request }: Route.LoaderArgs) {
  // A promise: the page is sent before it is fulfilled.
  const stock = new Promise<string>((resolve) => setTimeout(() => resolve('All in stock.'), 100));
  return { products, stock, ordered: (await ordered.parse(request.headers.get('cookie'))) as string | null };
}

export async function action({ request }: Route.ActionArgs) {
  const product = (await request.formData()).get('product');
  return redirect('/', { headers: { 'set-cookie': await ordered.serialize(product) } });
}

export default function Shop({ loaderData }: Route.ComponentProps) {
  return (
    <main>
      <h1>Shop</h1>
      <Form method="post">
        <select name="product">
          {loaderData.products.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <button>Order</button>
      </Form>
      {loaderData.ordered && <p>You have ordered: {loaderData.ordered}</p>}
      <Suspense fallback={<p>Looking up the stock …</p>}>
        <Await resolve={loaderData.stock}>{(stock) => <p>{stock}</p>}</Await>
      </Suspense>
    </main>
  );
}
