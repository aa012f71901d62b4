import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule);
// At SIGTERM, Nest closes the app and runs the hooks of its providers.
app.enableShutdownHooks();
await app.listen(process.env.PORT ?? 3000, process.env.HOST ?? 'localhost');
