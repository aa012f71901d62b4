import { products } from '$lib/products.js';

export function load({ cookies }) {
  return {
    products,
    ordered: cookies.get('ordered') ?? null,
    // Streamed: the page is sent before it is known.
    stock: new Promise((resolve) => setTimeout(() => resolve('all in stock'), 100)),
  };
}

export const actions = {
  default: async ({ request, cookies }) => {
    const product = String((await request.formData()).get('product'));
    cookies.set('ordered', product, { path: '/' });
    return { success: true };
  },
};
