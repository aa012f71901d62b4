import http from 'node:http';
import { once } from 'node:events';

/** One request on a connection of its own. */
export interface Outcome {
  tookMs: number;
  /** What came back; undefined if the connection ended, or was ended for taking too long, without it. */
  text: string | undefined;
  hung: boolean;
  /** When it was sent: milliseconds of the system's clock. */
  sentAt: number;
}

export interface OpenLoopOptions {
  port: number;
  perSecond: number;
  seconds: number;
}

/** A request that takes longer hangs. */
export const patienceMs = 5_000;

/** An open-loop load: connections come at their times, however slow the answers are. */
export async function openLoop({ port, perSecond, seconds }: OpenLoopOptions): Promise<Outcome[]> {
  const total = seconds * perSecond;
  const requests: Promise<Outcome>[] = [];
  const startedAt = performance.now();
  while (requests.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    while (requests.length < due) requests.push(request(port));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Promise.all(requests);
}

async function request(port: number): Promise<Outcome> {
  const startedAt = performance.now();
  const outcome: Outcome = {
    tookMs: NaN,
    text: undefined,
    hung: false,
    sentAt: performance.timeOrigin + startedAt,
  };
  try {
    const options = { port, host: '127.0.0.1', agent: false, timeout: patienceMs };
    const sent = http.get(options).on('timeout', () => {
      outcome.hung = true;
      sent.destroy(new Error('timeout'));
    });
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    outcome.text = text;
  } catch {
    // It has no text.
  }
  outcome.tookMs = performance.now() - startedAt;
  return outcome;
}
