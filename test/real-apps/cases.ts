import type { Case } from './case.js';
import { frameworks } from './cases/frameworks.js';

/** All apps, in the table's order. */
export const cases: readonly Case[] = [...frameworks];
