// Says which signals it gets, when it is loaded, and answers what `versioned.cjs` does.
for (const signal of ['SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGUSR2']) {
  process.on(signal, () => console.log(`the app got ${signal}`));
}
console.log('loaded');
require('./versioned.cjs');
