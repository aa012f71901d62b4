import http from 'node:http';

/** What became of a request on a connection of its own. `error` is what the client sees, e.g. ECONNRESET. */
export type Outcome = { kind: 'answered' } | { kind: 'failed'; error: string } | { kind: 'hung' };

export interface Outcomes {
  answered: number;
  /** By the client's error. */
  failed: Record<string, number>;
  hung: number;
}

const patienceMs = 5_000;

function askOnce(port: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', agent: false, timeout: patienceMs };
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve({ kind: 'failed', error: error.code ?? error.message });
    const request = http.get(options, (response) => {
      response.resume().on('error', failed);
      response.on('end', () => resolve({ kind: 'answered' }));
    });
    request.on('timeout', () => {
      resolve({ kind: 'hung' });
      request.destroy();
    });
    request.on('error', failed);
  });
}

/** So many clients that ask all the time, on a connection of its own each time, until `work` is done. */
export async function askWhile(port: number, clients: number, work: () => Promise<void>): Promise<Outcomes> {
  const outcomes: Outcomes = { answered: 0, failed: {}, hung: 0 };
  const done = new AbortController();
  const client = async (): Promise<void> => {
    while (!done.signal.aborted) {
      const outcome = await askOnce(port);
      if (outcome.kind === 'failed')
        outcomes.failed[outcome.error] = (outcomes.failed[outcome.error] ?? 0) + 1;
      else outcomes[outcome.kind] += 1;
    }
  };
  const asking = Promise.all(Array.from({ length: clients }, client));
  try {
    await work();
  } finally {
    done.abort();
    await asking;
  }
  return outcomes;
}
