import type { Slowness } from '../primary/primary-events.js';

/** What keeps a worker from being ready, for people, of one worker and of several. `time`: for how long. */
export function describeSlowness(
  slowness: Slowness,
  waitReady: boolean,
  time: string,
): { one: string; many: string } {
  const has = waitReady ? describeUnready(slowness, time) : `not listened on a port for ${time}`;
  const isListening = waitReady && slowness.listeners.length > 0;
  const noServer = {
    one: '; if it is not a server, run it without Baton',
    many: '; if they are not servers, run them without Baton',
  };
  const more = waitReady ? { one: '', many: '' } : noServer;
  const where = slowness.listeners.join(', ');
  const [one, many] = isListening
    ? [`listens on ${where}, but has`, `listen on ${where}, but have`]
    : ['has', 'have'];
  const queue = isListening ? describeQueue(slowness.waiting) : '';
  return {
    one: `${one} ${has}. It keeps running${more.one}.${queue}`,
    many: `${many} ${has}. They keep running${more.many}.${queue}`,
  };
}

function describeUnready({ listeners }: Slowness, time: string): string {
  return listeners.length > 0
    ? `not called ready() for ${time}`
    : `neither listened on a port nor called ready() for ${time}`;
}

function describeQueue(waiting: number): string {
  if (waiting === 0) return '';
  return waiting === 1 ? ' 1 connection waits there.' : ` ${waiting} connections wait there.`;
}
