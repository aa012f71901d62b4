import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { BatonError } from '../errors.js';
import {
  handoffs,
  parseWorkers,
  policies,
  type Handoff,
  type MetricsAddress,
  type Policy,
} from '../options.js';
import { reloadCommand } from './reload.js';
import { run, type RunOptions } from './run.js';
import { scaleCommand } from './scale.js';
import { stopCommand } from './stop.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** One file a command. */
const commands = [reloadCommand(), scaleCommand(), stopCommand()];

const program = new Command('baton')
  .description('Runs a Node HTTP app in several worker processes and hands them its connections.')
  .usage('[options] app.js [-- args]\n       baton <command> [options]')
  .argument('<app>', 'the file that node would run')
  .argument('[args...]', "the app's own arguments; behind -- if they begin with a dash")
  .addOption(
    new Option(
      '-w, --workers <n|max>',
      'worker processes (default: WEB_CONCURRENCY, else one a core)',
    ).argParser(workers),
  )
  .addOption(
    new Option('--handoff <kind>', 'what workers are handed: each connection, or a listening socket each')
      .choices(handoffs)
      .default('connections' satisfies Handoff),
  )
  .addOption(
    new Option('--policy <policy>', 'the least loaded worker, strictly in turn, or by client address')
      .choices(policies)
      .default('least-loaded' satisfies Policy),
  )
  .option('--stall-after <ms>', 'without a turn of its event loop, a worker is stalled (default: 20)', number)
  .option('--max-open-offers <n>', 'connections on their way to one worker, at most (default: 256)', number)
  .option('--queue-timeout <ms>', 'close what no worker takes in that time (default: never)', number)
  .addOption(
    new Option('--metrics <[host:]port>', 'where /metrics is served (default: 127.0.0.1:9464)').argParser(
      metricsAddress,
    ),
  )
  .option('--no-metrics', 'serve no metrics')
  .option('--import <module>', 'ES module that each worker loads first; may be repeated', collect)
  .option('-r, --require <module>', 'module that each worker loads first; may be repeated', collect)
  .option('--name <name>', 'name of the control socket (default: the name in the nearest package.json)')
  .option('--no-control', 'have no control socket')
  .version(version, '-v, --version')
  .addHelpText(
    'after',
    '\nSignals: TERM and INT send SIGTERM to the workers and wait for them, 10 s at most; a second one ends them at once.',
  )
  .showHelpAfterError('(baton --help tells all options)')
  // What stands behind the name of a command is its own: several have flags of the same name.
  .enablePositionalOptions()
  .exitOverride()
  .action(runApp);

for (const command of commands) program.addCommand(command.copyInheritedSettings(program));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof BatonError) {
    console.error(`baton: ${error.message}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}

async function runApp(): Promise<void> {
  // Commander reads `--no-metrics` as metrics: false, and no option at all as metrics: true.
  const { metrics, stallAfter, maxOpenOffers, queueTimeout, ...options } = program.opts<CommandOptions>();
  const [app = '', ...args] = program.args;
  await run(
    {
      ...options,
      app,
      args,
      ...(metrics === true ? {} : { metrics }),
      ...(stallAfter === undefined ? {} : { stallAfterMs: stallAfter }),
      ...(maxOpenOffers === undefined ? {} : { maxOpenOffers }),
      ...(queueTimeout === undefined ? {} : { queueTimeoutMs: queueTimeout }),
    },
    version,
  );
}

/** What commander makes of the command line. */
interface CommandOptions extends Pick<
  RunOptions,
  'workers' | 'handoff' | 'policy' | 'import' | 'require' | 'control' | 'name'
> {
  metrics: MetricsAddress | boolean;
  stallAfter?: number;
  maxOpenOffers?: number;
  queueTimeout?: number;
}

function workers(text: string): number {
  try {
    return parseWorkers('--workers', text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function metricsAddress(text: string): MetricsAddress {
  const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError('It must be a port, or host:port, e.g. 9464 or 0.0.0.0:9464.');
  }
  return { port: Number(port), ...(host === undefined ? {} : { host: host.replace(/^\[(.*)\]$/, '$1') }) };
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
