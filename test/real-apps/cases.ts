import type { Case } from './case.js';
import { frameworks } from './cases/frameworks.js';
import { fullStack } from './cases/full-stack.js';
import { logging } from './cases/logging.js';
import { preloads } from './cases/preloads.js';
import { shutdown } from './cases/shutdown.js';
import { protocols, sockets } from './cases/protocols.js';

/** All apps, in the table's order. */
export const cases: readonly Case[] = [
  ...frameworks,
  ...fullStack,
  ...protocols,
  ...sockets,
  ...logging,
  ...shutdown,
  ...preloads,
];
