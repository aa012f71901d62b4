import { Module } from '@nestjs/common';
import { ChatGateway } from './chat.gateway.js';
import { Orders } from './orders.js';
import { OrdersController } from './orders.controller.js';
import { WorkerController } from './worker.controller.js';

@Module({ controllers: [OrdersController, WorkerController], providers: [Orders, ChatGateway] })
export class AppModule {}
