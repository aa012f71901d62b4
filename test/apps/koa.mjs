import Koa from 'koa';
import answer from './answer.cjs';
new Koa().use((context) => (context.body = answer(context.url))).listen(0, '127.0.0.1');
