import type { Paint, TextFormat } from './paint.js';

export interface Cell {
  text: string;
  format?: TextFormat | undefined;
}

/** A column: what is above it, how wide it is, and what a row has in it. */
export interface Column<Row> {
  head: string;
  /** A second line above the head. Neighbours that have the same share it. */
  above?: string;
  /** Fixed, so that a table that is drawn again and again stands still. A longer cell pushes the others. */
  width: number;
  align?: 'left' | 'right';
  cell: (row: Row) => Cell;
}

const wideGap = '  ';
const narrowGap = ' ';

/** How many columns of a terminal a table of these needs at least. */
export function leastWidth<Row>(columns: readonly Column<Row>[]): number {
  return widthOf(columns, narrowGap);
}

function widthOf<Row>(columns: readonly Column<Row>[], gap: string): number {
  return columns.reduce((total, { width }) => total + width, gap.length * (columns.length - 1));
}

/** Lays out rows in columns: with two spaces between them where the terminal has the room, else with one. */
export class Table<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #gap: string;
  readonly #paint: Paint;

  constructor(columns: readonly Column<Row>[], terminalWidth: number, paint: Paint) {
    this.#columns = columns;
    this.#gap = widthOf(columns, wideGap) <= terminalWidth ? wideGap : narrowGap;
    this.#paint = paint;
  }

  /** How many columns of a terminal it needs. */
  get width(): number {
    return widthOf(this.#columns, this.#gap);
  }

  heads(): string[] {
    const heads = this.#columns.map(({ head, width, align }) => pad(head, width, align));
    return [this.#above(), heads.join(this.#gap)].map((line) => this.#paint('dim', line.trimEnd()));
  }

  row(row: Row): string {
    return this.#columns
      .map(({ cell, width, align }) => {
        const { text, format } = cell(row);
        const spaces = ' '.repeat(Math.max(0, width - text.length));
        const painted = this.#paint(format, text);
        return align === 'left' ? painted + spaces : spaces + painted;
      })
      .join(this.#gap)
      .trimEnd();
  }

  #above(): string {
    const spans: { name: string; width: number; columns: number }[] = [];
    for (const { above = '', width } of this.#columns) {
      const last = spans.at(-1);
      if (last?.name === above) {
        last.width += this.#gap.length + width;
        last.columns += 1;
      } else {
        spans.push({ name: above, width, columns: 1 });
      }
    }
    return spans
      .map(({ name, width, columns }) => (name !== '' && columns > 1 ? rule(name, width) : pad(name, width)))
      .join(this.#gap);
  }
}

function pad(text: string, width: number, align: 'left' | 'right' = 'right'): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}

/** The name in the middle of dashes. */
function rule(name: string, width: number): string {
  const dashes = Math.max(0, width - name.length - 2);
  const left = Math.floor(dashes / 2);
  return `${'-'.repeat(left)} ${name} ${'-'.repeat(dashes - left)}`;
}
