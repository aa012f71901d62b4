/** Five server-sent events. */
export default defineEventHandler((event) => {
  const stream = createEventStream(event);
  let count = 0;
  const timer = setInterval(async () => {
    count += 1;
    await stream.push(String(count));
    if (count === 5) await stream.close();
  }, 50);
  stream.onClosed(() => clearInterval(timer));
  return stream.send();
});
