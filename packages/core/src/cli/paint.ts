import { styleText } from 'node:util';

export type TextFormat = Extract<Parameters<typeof styleText>[0], string>;

/** Formats a text where there are colours to be, else leaves it as it is. */
export type Paint = (format: TextFormat | undefined, text: string) => string;

export function paintWith(colours: boolean): Paint {
  // Whether there are to be colours was settled by whoever calls; Node is not to look at its own standard output.
  return (format, text) =>
    colours && format !== undefined ? styleText(format, text, { validateStream: false }) : text;
}

/** Whether a stream is to have colours: a terminal that has some, without NO_COLOR. */
export function hasColours(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && stream.hasColors();
}
