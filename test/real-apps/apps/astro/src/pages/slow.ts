import { setTimeout } from 'node:timers/promises';

export async function GET() {
  await setTimeout(100);
  return Response.json({ pid: process.pid });
}
