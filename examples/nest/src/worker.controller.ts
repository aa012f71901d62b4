import { Controller, Get, Param } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';

/** Which worker answers. */
@Controller()
export class WorkerController {
  @Get('worker')
  tell(): { pid: number } {
    return { pid: process.pid };
  }

  /** So that you can reload, or kill, its worker meanwhile. */
  @Get('slow/:seconds')
  async tellLate(@Param('seconds') seconds: string): Promise<{ pid: number }> {
    await setTimeout(Number(seconds) * 1_000);
    return this.tell();
  }
}
