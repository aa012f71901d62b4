import { defineConfig, stores } from '@adonisjs/session';

export default defineConfig({
  cookieName: 'shop-session',
  clearWithBrowser: false,
  age: '2h',
  cookie: { path: '/', httpOnly: true, secure: false, sameSite: 'lax' },
  store: 'cookie',
  stores: { cookie: stores.cookie() },
});
