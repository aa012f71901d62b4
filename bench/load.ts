import { execFile, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

/** What a load generator measured. */
export interface LoadResult {
  requests: number;
  /** Of a connection and its one request, in milliseconds; NaN where the generator cannot tell. */
  p50Ms: number;
  p99Ms: number;
  errors: number;
}

export interface LoadOptions {
  port: number;
  connections: number;
  seconds: number;
}

const run = promisify(execFile);

/** wrk (Debian package) where installed, else autocannon, which takes more of the machine for itself. */
export const loadGenerator = spawnSync('wrk', ['--version']).error ? 'autocannon' : 'wrk';

/** Asks for `/` on a new connection for each request. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const isWrk = loadGenerator === 'wrk';
  const result = await (isWrk ? runWrk(options, ['-H', 'Connection: close']) : runAutocannon(options));
  if (result.requests === 0)
    throw new Error(`${loadGenerator} had no request answered on port ${options.port}`);
  return result;
}

/** With more of wrk's arguments. */
export async function runWrk(
  { port, connections, seconds }: LoadOptions,
  more: readonly string[],
): Promise<LoadResult> {
  const args = ['-t2', `-c${connections}`, `-d${seconds}s`, '--latency', ...more];
  const { stdout } = await run('wrk', [...args, `http://127.0.0.1:${port}/`]);
  const find = (pattern: RegExp): string[] => pattern.exec(stdout)?.slice(1) ?? [];
  const [requests = '0'] = find(/(\d+) requests in/);
  const failures = find(/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/);
  const [refused = '0'] = find(/Non-2xx or 3xx responses: (\d+)/);
  return {
    requests: Number(requests),
    p50Ms: toMs(find(/50%\s+([\d.]+)(us|ms|s)/)),
    p99Ms: toMs(find(/99%\s+([\d.]+)(us|ms|s)/)),
    errors: [...failures, refused].reduce((sum, count) => sum + Number(count), 0),
  };
}

function toMs([value = 'NaN', unit = '']: string[]): number {
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? NaN);
}

/** Its requests are right, but its latencies are not when the server closes each connection. */
async function runAutocannon({ port, connections, seconds }: LoadOptions): Promise<LoadResult> {
  const program = createRequire(import.meta.url).resolve('autocannon');
  const args = ['-c', String(connections), '-d', String(seconds), '-H', 'connection=close', '--json'];
  const { stdout } = await run(process.execPath, [program, ...args, `http://127.0.0.1:${port}/`]);
  const result = JSON.parse(stdout) as AutocannonResult;
  const errors = result.errors + result.non2xx;
  return { requests: result.requests.total, p50Ms: NaN, p99Ms: NaN, errors };
}

/** The part of what autocannon prints that is used here. */
interface AutocannonResult {
  requests: { total: number };
  errors: number;
  non2xx: number;
}
