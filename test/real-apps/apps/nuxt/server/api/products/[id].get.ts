export default defineEventHandler((event) => {
  const product = products.find(({ id }) => id === getRouterParam(event, 'id'));
  if (product === undefined) throw createError({ statusCode: 404, statusMessage: 'No such product' });
  return product;
});
