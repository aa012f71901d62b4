// The app in processes that each have a socket of their own on the port (SO_REUSEPORT).
const { fork } = require('node:child_process');
const env = { ...process.env, REUSE_PORT: '1' };
for (let i = 0; i < Number(process.env.WORKERS); i++) fork(require.resolve('./http.cjs'), { env });
