import { fetchStatus, sendCommand } from '../control/client.js';
import { chosenName, formatSeconds, formatWorkers } from './control-options.js';
import type { Connect } from './remote.js';

/** A running primary, through its control socket. Once it was found, it stays the one of that name. */
export const remotePrimary: Connect = (given) => {
  let found = given;
  const findName = async (): Promise<string> => (found ??= await chosenName({}));
  return {
    status: async () => fetchStatus(await findName()),
    reload: async () => {
      const { workers, generation, durationMs } = await sendCommand(await findName(), 'reload');
      return `${formatWorkers(workers)}, generation ${generation}, ${formatSeconds(durationMs)}`;
    },
    scale: async (change) =>
      formatWorkers((await sendCommand(await findName(), 'scale', { change })).workers),
  };
};
