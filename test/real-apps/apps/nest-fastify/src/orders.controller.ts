import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Post,
  Sse,
  StreamableFile,
  type MessageEvent,
} from '@nestjs/common';
import { Readable } from 'node:stream';
import { interval, map, take, type Observable } from 'rxjs';

@Controller('orders')
export class OrdersController {
  @Get()
  list(): { orders: string[] } {
    return { orders: ['kettle', 'toaster'] };
  }

  @Post()
  @HttpCode(201)
  order(@Body() order: { product: string }): { ordered: string } {
    return { ordered: order.product };
  }

  @Get('csv')
  @Header('content-type', 'text/csv')
  csv(): StreamableFile {
    return new StreamableFile(Readable.from(['id,name\n', 'kettle,Kettle\n', 'toaster,Toaster\n']));
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return interval(50).pipe(
      take(5),
      map((count) => ({ data: { count } })),
    );
  }
}
