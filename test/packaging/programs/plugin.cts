import baton = require('@baton/fastify-plugin');
import Fastify = require('fastify');

const app = Fastify();
void app.register(baton, { metrics: false });
void app.register(baton.default);
void app.register(baton.baton);
export const slot: number = app.baton.slot;
