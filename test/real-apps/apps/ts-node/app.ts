import express, { type Request, type Response } from 'express';
import { Weekday, greet } from './greeting';

const app = express();

app.get('/hello', (request: Request, response: Response) => {
  response.json({ greeting: greet(String(request.query['name'] ?? 'world'), Weekday.Friday) });
});

app.get('/health', (request: Request, response: Response) => {
  response.json({ status: 'ok', pid: process.pid });
});

app.get('/report', (request: Request, response: Response) => {
  setTimeout(() => response.json({ rows: [1, 2, 3], pid: process.pid }), 50);
});

app.listen(Number(process.env['PORT']), process.env['HOST'] ?? '127.0.0.1');
