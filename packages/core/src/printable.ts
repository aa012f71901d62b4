import { stripVTControlCharacters } from 'node:util';

/** A text from outside in which nothing is left that a terminal would act on, but tabs and ends of lines. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, ' ');
}

/** The same as one line. */
export function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').trim();
}
