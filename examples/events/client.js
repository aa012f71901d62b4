// Shows a stream until it is over, however often the connection is lost.
import { EventSource } from 'eventsource';

const source = new EventSource(process.env.URL ?? 'http://localhost:3000');
source.addEventListener('message', ({ data }) => console.log(data));
source.addEventListener('error', ({ code }) => {
  // The server has answered with 204: there is no more.
  if (code === 204) source.close();
  else console.log('connects again');
});
