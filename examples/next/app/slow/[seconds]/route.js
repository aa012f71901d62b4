import { setTimeout } from 'node:timers/promises';

/** So that you can reload, or kill, its worker meanwhile. */
export async function GET(_request, { params }) {
  const { seconds } = await params;
  await setTimeout(Number(seconds) * 1_000);
  return Response.json({ pid: process.pid });
}
