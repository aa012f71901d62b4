import { variableOf, type LogFormat } from '../config/settings.js';

/** In which format to tell of an error before the settings are read, which may be what the error is about. */
export function likelyLogFormat(argv: readonly string[], env: Readonly<NodeJS.ProcessEnv>): LogFormat {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const flag = '--log-format';
  const given = own.flatMap((word, index) => {
    if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1);
    return word === flag ? (own[index + 1] ?? []) : [];
  });
  return (given.at(-1) ?? env[variableOf('logFormat')]) === 'json' ? 'json' : 'text';
}
