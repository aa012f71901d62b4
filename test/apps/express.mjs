import express from 'express';
import answer from './answer.cjs';
const app = express();
app.get('/', (request, response) => void response.json(answer(request.url)));
app.listen(0, '127.0.0.1');
