import { fetchStatus, sendCommand } from '../control/client.js';
import { chosenName, formatSeconds, formatWorkers } from './control-options.js';
import type { Connect } from './remote.js';

/** A running primary, through its control socket. */
export const remotePrimary: Connect = (given) => {
  const name = chosenName(given === undefined ? {} : { name: given });
  return {
    status: () => fetchStatus(name),
    reload: async () => {
      const { workers, generation, durationMs } = await sendCommand(name, 'reload');
      return `${formatWorkers(workers)}, generation ${generation}, ${formatSeconds(durationMs)}`;
    },
    scale: async (change) => formatWorkers((await sendCommand(name, 'scale', { change })).workers),
  };
};
