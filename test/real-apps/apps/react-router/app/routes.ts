import { index, route, type RouteConfig } from '@react-router/dev/routes';

export default [
  index('routes/shop.tsx'),
  route('products/:id', 'routes/product.tsx'),
  route('worker', 'routes/worker.ts'),
  route('slow', 'routes/slow.ts'),
] satisfies RouteConfig;
