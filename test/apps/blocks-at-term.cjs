// Blocks its event loop for ever when it is told to end, so that only SIGKILL ends it.
process.on('SIGTERM', () => {
  for (;;);
});
require('./ignores-term.cjs');
