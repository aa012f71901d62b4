import router from '@adonisjs/core/services/router';

const ShopController = () => import('#controllers/shop_controller');

router.get('/', [ShopController, 'show']);
router.post('/orders', [ShopController, 'order']);
router.get('/products/:id', [ShopController, 'product']);
router.get('/worker', () => ({ pid: process.pid }));
router.get('/slow', async () => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { pid: process.pid };
});
