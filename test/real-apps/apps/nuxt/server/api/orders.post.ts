export default defineEventHandler(async (event) => {
  const { product } = await readBody<{ product: string }>(event);
  setResponseStatus(event, 201);
  return { ordered: product };
});
