export default defineEventHandler(() => products);
