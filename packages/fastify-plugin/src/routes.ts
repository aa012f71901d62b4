import { BatonError, worker } from '@baton/core/worker';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { askAdminServer, type AdminAnswer } from './admin-server.js';
import type { AppRegistries } from './app-registries.js';
import { joinMetrics } from './join-metrics.js';
import type { ResolvedOptions } from './options.js';

const plain = 'text/plain; charset=utf-8';

/** Adds the routes that were asked for. What they tell is of all workers, from whichever of them answers. */
export function addRoutes(
  app: FastifyInstance,
  { healthRoutes, metricsRoute }: Pick<ResolvedOptions, 'healthRoutes' | 'metricsRoute'>,
  registries: AppRegistries,
): void {
  if (healthRoutes) {
    const { live, ready } = healthRoutes;
    app.get(live, async (_, reply) => send(reply, await health('/livez', true)));
    app.get(ready, async (_, reply) => send(reply, await health('/readyz', !worker.draining)));
  }
  if (metricsRoute !== undefined)
    app.get(metricsRoute, async ({ headers }, reply) =>
      send(reply, await metrics(headers.accept, registries)),
    );
}

/** `isWell`: whether this process is, which is what counts where there is no primary to ask. */
async function health(path: string, isWell: boolean): Promise<AdminAnswer> {
  const { adminUrl } = worker;
  if (adminUrl === undefined)
    return isWell ? { status: 200, type: plain, body: 'ok\n' } : unavailable('This process is stopping.');
  return askOrTell(adminUrl, path);
}

async function metrics(accept: string | undefined, registries: AppRegistries): Promise<AdminAnswer> {
  const { isWorker, adminUrl } = worker;
  if (adminUrl !== undefined) return askOrTell(adminUrl, '/metrics', formatOf(accept));
  // Those of one worker would be taken for those of all.
  if (isWorker) return unavailable(new BatonError('BATON_NO_ADMIN', ['metrics']).message);
  const all = registries.all();
  const texts = await Promise.all(all.map((registry) => registry.metrics()));
  return { status: 200, type: all[0]?.contentType ?? plain, body: joinMetrics(texts) };
}

/** Of all that clients may say, what makes a difference to the primary; undefined: its text format. */
function formatOf(accept: string | undefined): string | undefined {
  const openMetrics = 'application/openmetrics-text';
  return accept?.includes(openMetrics) ? openMetrics : undefined;
}

async function askOrTell(adminUrl: string, path: string, accept?: string): Promise<AdminAnswer> {
  try {
    return await askAdminServer(adminUrl, path, accept);
  } catch (error) {
    return unavailable((error as Error).message);
  }
}

function unavailable(why: string): AdminAnswer {
  return { status: 503, type: plain, body: `${why}\n` };
}

function send(reply: FastifyReply, { status, type, body }: AdminAnswer): FastifyReply {
  return reply.code(status).type(type).header('cache-control', 'no-store').send(body);
}
