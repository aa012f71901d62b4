// A program that runs a primary, and listens for no signal.
import { Primary } from '@baton/core';

const primary = new Primary({ app: process.argv[2], workers: 2, metrics: false });
await primary.start();
console.log(primary.addresses[0].port, ...primary.snapshot().workers.map(({ pid }) => pid));
