import { Controller, Get } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';

@Controller()
export class WorkerController {
  @Get('worker')
  tell(): { pid: number } {
    return { pid: process.pid };
  }

  @Get('slow')
  async tellLate(): Promise<{ pid: number }> {
    await setTimeout(100);
    return { pid: process.pid };
  }
}
