export const dynamic = 'force-dynamic';

/** Which worker answers. */
export const GET = () => Response.json({ pid: process.pid });
