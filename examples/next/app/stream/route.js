import { setInterval } from 'node:timers/promises';

export const dynamic = 'force-dynamic';

/** Ten lines, one every 100 ms. */
export function GET() {
  const lines = new ReadableStream({
    async start(controller) {
      let line = 0;
      for await (const _ of setInterval(100)) {
        line += 1;
        controller.enqueue(new TextEncoder().encode(`${line}\n`));
        if (line === 10) break;
      }
      controller.close();
    },
  });
  return new Response(lines, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
