import { ExceptionHandler } from '@adonisjs/core/http';

export default class Handler extends ExceptionHandler {}
