import { setTimeout } from 'node:timers/promises';

export async function loader() {
  await setTimeout(100);
  return Response.json({ pid: process.pid });
}
