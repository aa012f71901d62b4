import { noInspector, spelled } from '../exec-argv.js';
import type { WorkerOptions } from './release.js';

/** What node takes for the inspector's port where it is told a host alone. */
const defaultPort = 9229;
const leastPort = 1024;
const mostPort = 65_535;

/** Whether workers with these options open their inspector, each at a port of its own. */
export function opensInspector(options: WorkerOptions): boolean {
  const last = nodeOptionsOf(options).findLast((option) => /^--(no-)?inspect(-brk|-wait)?(=|$)/.test(option));
  return last?.startsWith('--inspect') ?? false;
}

/**
 * Options of node that stand behind all others, and give the worker's inspector its port: that of the others, or of this process, and
 * the slot, and one, as under node:cluster, but that a slot keeps its port. With port 0 each has any. Also where nobody opens it, since
 * SIGUSR1 may. `isOpen`: whether it is to do as the others say, or to stay closed at first.
 */
export function inspectorOptions(options: WorkerOptions, slot: number, isOpen: boolean): string[] {
  if (!process.features.inspector) return [];
  const given = portIn(nodeOptionsOf(options)) ?? process.debugPort;
  return [
    ...(isOpen || !opensInspector(options) ? [] : noInspector),
    `--inspect-port=${given === 0 ? 0 : portOf(given, slot)}`,
  ];
}

function portOf(given: number, slot: number): number {
  const port = given + slot + 1;
  return port > mostPort ? port - mostPort + leastPort - 1 : port;
}

/** Of several, node takes the last. */
function portIn(options: readonly string[]): number | undefined {
  const places = options.flatMap((option, index) => {
    const [, name = '', place] =
      /^--(inspect(?:-brk|-wait|-port)?|debug-port)(?:=(.*))?$/s.exec(option) ?? [];
    return place ?? (name.endsWith('-port') ? (options[index + 1] ?? []) : []);
  });
  const last = places.at(-1);
  if (last === undefined) return undefined;
  return Number(/(?:^|:)(\d+)$/.exec(last)?.[1] ?? defaultPort);
}

function nodeOptionsOf({ env, execArgv }: WorkerOptions): string[] {
  return [...(env['NODE_OPTIONS'] ?? '').split(/\s+/), ...execArgv].map(spelled);
}
