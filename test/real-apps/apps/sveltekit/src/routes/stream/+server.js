import { setInterval } from 'node:timers/promises';

/** Five lines, one every 50 ms. */
export function GET() {
  const lines = new ReadableStream({
    async start(controller) {
      let line = 0;
      for await (const _ of setInterval(50)) {
        line += 1;
        controller.enqueue(new TextEncoder().encode(`${line}\n`));
        if (line === 5) break;
      }
      controller.close();
    },
  });
  return new Response(lines, { headers: { 'content-type': 'text/plain' } });
}
