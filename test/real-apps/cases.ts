import type { Case } from './case.js';
import { frameworks } from './cases/frameworks.js';
import { fullStack } from './cases/full-stack.js';

/** All apps, in the table's order. */
export const cases: readonly Case[] = [...frameworks, ...fullStack];
