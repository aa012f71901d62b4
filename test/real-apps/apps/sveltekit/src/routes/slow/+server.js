import { json } from '@sveltejs/kit';
import { setTimeout } from 'node:timers/promises';

export async function GET() {
  await setTimeout(100);
  return json({ pid: process.pid });
}
