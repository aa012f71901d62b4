import baton = require('@baton/core/worker');
import type { BatonWorker } from '@baton/core/worker' with { 'resolution-mode': 'import' };
const mine: BatonWorker = baton.worker;
mine.on('draining', (timeoutMs) => console.log(timeoutMs.toFixed()));
// @ts-expect-error there is no such event
mine.on('drained', () => {});
if (mine.isWorker && !mine.draining && mine.slot + mine.generation > 0) baton.ready();
