// A primary whose owner's code throws in an event.
import { fileURLToPath } from 'node:url';
import { Primary } from '@baton/core';
const app = fileURLToPath(new URL('http.cjs', import.meta.url));
const primary = new Primary({ app, workers: 1, metrics: false });
primary.on('listening', () => {
  throw new Error('thrown by a listener');
});
process.on('uncaughtException', async (error) => {
  console.log(error.message);
  await primary.stop();
});
await primary.start();
await primary.stop();
