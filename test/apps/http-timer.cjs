// Something of its own keeps it alive, as a timer or a pool does.
setInterval(() => {}, 60_000);
require('./http.cjs');
