// Serves in its first generation only; later ones never come up.
const { worker } = require('@baton/core/worker');
if (worker.generation === 1) require('./drains.cjs');
else setInterval(() => {}, 60_000);
