export const GET = () => Response.json({ pid: process.pid });
