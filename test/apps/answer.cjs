// What every app here answers with: who it was, and what it was asked for.
module.exports = (path) => ({ slot: Number(process.env.BATON_SLOT), pid: process.pid, path });
