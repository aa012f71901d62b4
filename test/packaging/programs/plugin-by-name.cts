// TypeScript 5.8 does not know that `require()` gives what is exported as 'module.exports'.
import plugin = require('@baton/fastify-plugin');
import Fastify = require('fastify');

const app = Fastify();
void app.register(plugin.default, { metrics: false });
void app.register(plugin.baton);
export const slot: number = app.baton.slot;
