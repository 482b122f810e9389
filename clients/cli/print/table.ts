/** Narrowest column, and the space between two. */
const columnWidthMin = 6;
const padding = 3;

/** Writes rows under each other. Widths are kept from one call to the next, so that rows of a watch stay aligned. */
export class TableText {
  readonly #widths: number[] = [];

  /** The rows as lines, each with its newline. */
  format(rows: readonly (readonly string[])[]): string {
    for (const row of rows) {
      for (const [index, cell] of row.entries()) {
        if (index < row.length - 1)
          this.#widths[index] = Math.max(this.#widths[index] ?? columnWidthMin, displayWidth(cell) + padding);
      }
    }
    return rows.map((row) => `${this.#line(row)}\n`).join("");
  }

  #line(row: readonly string[]): string {
    return row
      .map((cell, index) =>
        index === row.length - 1 ? cell : cell + " ".repeat((this.#widths[index] ?? 0) - displayWidth(cell)),
      )
      .join("");
  }
}

function displayWidth(text: string): number {
  return [...text].length;
}

/** A cell on one line, and free of what a terminal would take as a command. */
export function cellText(value: string | number | boolean): string {
  const text = String(value);
  const end = text.search(/[\f\n\r]/);
  const line = end < 0 ? text : `${text.slice(0, end)}...`;
  return line.replaceAll("\u001b", "^[");
}
