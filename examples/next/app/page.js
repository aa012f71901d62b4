import { cookies } from 'next/headers';
import { Suspense } from 'react';
import { products } from '../products.js';
import { order } from './actions.js';

/** What takes time comes when it is ready: the rest of the page has been sent by then. */
async function Stock() {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return <p>All in stock.</p>;
}

export default async function Shop() {
  const ordered = (await cookies()).get('ordered')?.value;
  return (
    <main>
      <h1>Shop</h1>
      <form action={order}>
        <select name="product">
          {products.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <button>Order</button>
      </form>
      {ordered && <p>You have ordered: {ordered}</p>}
      <Suspense fallback={<p>Looking up the stock …</p>}>
        <Stock />
      </Suspense>
    </main>
  );
}
