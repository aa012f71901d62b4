import { BatonError } from '../errors.js';
import { isCommand } from './commands.js';
import { protocolVersion, type CommandName } from './protocol.js';
import { Refusal } from './refusal.js';

/** What is asked for by GET: each answer is one object. */
const questions = ['status', 'events'] as const;
type Question = (typeof questions)[number];

export type Route = 'hello' | Question | CommandName;

/** What a request asks for. Throws a {@link Refusal}. */
export function findRoute(method: string | undefined, url: string | undefined): Route {
  const route = routeOf(url ?? '');
  const allowed = isCommand(route) ? 'POST' : 'GET';
  if (method !== allowed)
    throw new Refusal(405, `${url} takes ${allowed}, not ${method}`, { Allow: allowed });
  return route;
}

function routeOf(url: string): Route {
  if (url === '/') return 'hello';
  const [, version, name = ''] = /^\/v(\d+)\/(.*)$/.exec(url) ?? [];
  if (version !== undefined && Number(version) !== protocolVersion) {
    const detail = `the request is in version ${version}, but the primary speaks version ${protocolVersion}`;
    throw new Refusal(400, new BatonError('BATON_CONTROL_PROTOCOL', [detail]));
  }
  if (version !== undefined && (isQuestion(name) || isCommand(name))) return name;
  throw new Refusal(404, `there is no ${url}`);
}

function isQuestion(name: string): name is Question {
  return (questions as readonly string[]).includes(name);
}
