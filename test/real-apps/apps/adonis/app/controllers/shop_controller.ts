import type { HttpContext } from '@adonisjs/core/http';
import vine from '@vinejs/vine';

const products = [
  { id: 'kettle', name: 'Kettle', price: 49 },
  { id: 'toaster', name: 'Toaster', price: 39 },
];

const orderValidator = vine.compile(vine.object({ product: vine.enum(products.map(({ id }) => id)) }));

export default class ShopController {
  show({ session, view }: HttpContext) {
    return view.render('shop', { products, ordered: session.get('ordered', null) });
  }

  async order({ request, response, session }: HttpContext) {
    const { product } = await request.validateUsing(orderValidator);
    session.put('ordered', product);
    return response.redirect('/');
  }

  product({ params, response }: HttpContext) {
    return products.find(({ id }) => id === params.id) ?? response.notFound({ error: 'No such product' });
  }
}
