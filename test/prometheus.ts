// A Prometheus server for tests: Debian package prometheus.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { httpRequest } from './client.js';

/** Why tests that need Prometheus are skipped here, if they are. */
export const withoutPrometheus: string | false = ['prometheus', 'promtool'].every(
  (program) => spawnSync(program, ['--version']).status === 0,
)
  ? false
  : 'prometheus and promtool (Debian package prometheus) are not installed';

/** One series of an answer, at one moment. */
export interface Sample {
  metric: Record<string, string>;
  value: number;
}

/** promtool's verdict: its output is what it found. */
export function promtool(args: readonly string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

export class PrometheusServer {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** On a free port of 127.0.0.1, with data in a temporary directory. Both go when the test ends. */
  static async start(test: TestContext, config: object): Promise<PrometheusServer> {
    const directory = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
    const configFile = path.join(directory, 'prometheus.yml');
    // JSON is YAML.
    writeFileSync(configFile, JSON.stringify(config));
    const args = [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${directory}/data`,
      '--web.listen-address=127.0.0.1:0',
    ];
    const server = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const closed = once(server, 'close');
    test.after(async () => {
      // Not SIGTERM: nothing of it is to be kept.
      server.kill('SIGKILL');
      await closed;
      rmSync(directory, { recursive: true, force: true });
    });
    let port: string | undefined;
    let isReady = false;
    let log = '';
    for await (const line of createInterface({ input: server.stderr })) {
      log += `${line}\n`;
      port ??= /msg="Listening on".* address=127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      isReady ||= line.includes('Server is ready');
      // The two come in either order.
      if (isReady && port !== undefined) break;
    }
    server.stderr.resume();
    assert.ok(port, `Prometheus did not start:\n${log}`);
    return new PrometheusServer(`http://127.0.0.1:${port}`);
  }

  /** What its API answers; throws if that is no success. */
  async get(resource: string, parameters: Record<string, string> = {}): Promise<unknown> {
    const url = new URL(`/api/v1/${resource}`, this.#url);
    url.search = new URLSearchParams(parameters).toString();
    const { text } = await httpRequest(url);
    const { status, error, data } = JSON.parse(text) as { status: string; error?: string; data: unknown };
    assert.equal(status, 'success', `${resource} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  /** An expression's values now. */
  async query(expression: string): Promise<Sample[]> {
    const data = await this.get('query', { query: expression });
    const { resultType, result } = data as {
      resultType: string;
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    assert.equal(resultType, 'vector', expression);
    return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }
}
