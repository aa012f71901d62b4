import { notFound } from 'next/navigation';
import { products } from '../../../products.js';

/** These pages are made at the build. */
export const generateStaticParams = () => products.map(({ id }) => ({ id }));
export const dynamicParams = false;

export default async function Product({ params }) {
  const { id } = await params;
  const product = products.find((product) => product.id === id);
  if (product === undefined) notFound();
  return (
    <main>
      <h1>{product.name}</h1>
      <p>{product.price} €</p>
    </main>
  );
}
