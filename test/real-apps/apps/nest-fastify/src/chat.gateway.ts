import { MessageBody, SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';

/** Answers each message of a client, on the port of the app. */
@WebSocketGateway({ path: '/chat' })
export class ChatGateway {
  @SubscribeMessage('say')
  say(@MessageBody() text: string): WsResponse<string> {
    return { event: 'said', data: text.toUpperCase() };
  }
}
