import { InvalidArgumentError, type Command } from 'commander';
import { toMs } from '../config/units.js';
import { fetchEvents } from '../control/client.js';
import type { EventsReport } from '../status.js';
import { BatonCommand } from './baton-command.js';
import { chosenName, nameOption, type NameOption } from './control-options.js';
import { renderEvents } from './events-view.js';
import { jsonText } from './json-text.js';

interface Options extends NameOption {
  json?: true;
  /** Unix time in milliseconds. */
  since?: number;
}

/** `baton events`: what has happened to a primary's workers. */
export function eventsCommand(): Command {
  return new BatonCommand('events')
    .description('Lists what happened to the workers of a running app: crashes, reloads and more.')
    .summary('list crashes, reloads and other events')
    .option('--json', 'as JSON, one object per line')
    .option(
      '--since <time>',
      'only events since then: 10m, 12h or 7d ago, or a time such as 2026-11-27T22:00',
      (text) => parseSince(text, Date.now()),
    )
    .addOption(nameOption())
    .action(async ({ json, since = 0, ...options }: Options) => {
      const report = eventsSince(await fetchEvents(await chosenName(options)), since);
      const lines = json
        ? report.events.map((event) => jsonText({ time: new Date(event.at).toISOString(), ...event }))
        : renderEvents(report, new Date());
      for (const line of lines) console.log(line);
    });
}

/** Of what is kept, what has happened since, and of which kinds there may have been more. */
export function eventsSince({ events, dropped }: EventsReport, since: number): EventsReport {
  // Of each kind, the oldest ones were dropped.
  const wholeKinds = new Set<string>(events.filter(({ at }) => at < since).map(({ kind }) => kind));
  return {
    events: events.filter(({ at }) => at >= since),
    dropped: Object.fromEntries(Object.entries(dropped).filter(([kind]) => !wholeKinds.has(kind))),
  };
}

/** A time that is so long ago, or an ISO 8601 one; without a zone it is local. Throws InvalidArgumentError. */
export function parseSince(text: string, now: number): number {
  const [, days] = /^(\d+)d$/.exec(text) ?? [];
  const hasUnit = /[a-z]$/.test(text);
  const ago = days === undefined ? (hasUnit ? toMs(text) : undefined) : Number(days) * 86_400_000;
  if (ago !== undefined) return now - ago;
  const [iso] = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text) ?? [];
  // Of a date alone, Date would take midnight in Greenwich.
  const at = iso === undefined ? NaN : Date.parse(iso.length === 10 ? `${iso}T00:00` : iso);
  if (Number.isNaN(at))
    throw new InvalidArgumentError(
      'It must be an age such as 10m, 12h or 7d, or a time such as 2026-11-27 or 2026-11-27T22:00.',
    );
  return at;
}
