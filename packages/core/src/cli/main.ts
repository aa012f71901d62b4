// First, since it looks what this process was started with, before anything else is opened.
import '../primary/inherited-sockets.js';
import { CommanderError } from 'commander';
import { BatonError } from '../errors.js';
import { likelyLogFormat } from './log-format.js';
import { createProgram } from './program.js';
import { isForPrograms, say, sayError, setLogFormat } from './say.js';

// Whoever read what is written here may be gone, and so may a terminal: that is no reason to end what goes on, nor to tell anybody.
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || process.stdout.isTTY) return;
  say('error', `cannot write to standard output: ${error.message}. Redirect it elsewhere.`, {
    code: error.code,
  });
  process.exitCode = 1;
});

setLogFormat(likelyLogFormat(process.argv.slice(2), process.env));
try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof BatonError || isForPrograms()) {
    sayError(error);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
