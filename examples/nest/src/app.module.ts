import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { ProductsController } from './products.controller.js';
import { Store } from './store.js';
import { WorkerController } from './worker.controller.js';

@Module({
  imports: [TerminusModule],
  controllers: [ProductsController, WorkerController, HealthController],
  providers: [Store],
})
export class AppModule {}
