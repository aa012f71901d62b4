export default defineEventHandler(() => ({ pid: process.pid }));
