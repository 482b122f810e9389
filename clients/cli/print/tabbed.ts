/** Space between two columns. */
const padding = 2;

/**
 * Aligns what tabs part: cells of lines that follow each other, and have as many tabs before them, are of one width. The text
 * behind a line's last tab is left as it is.
 */
export function tabbed(text: string): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  align(lines, 0, lines.length, 0);
  return lines.map((cells) => cells.join("")).join("\n");
}

/** Pads the cells of one column in the lines from `from` to `to`, block by block, then those of the next. */
function align(lines: string[][], from: number, to: number, column: number): void {
  for (let start = from; start < to; start++) {
    if (!hasColumn(lines[start], column)) continue;
    let end = start;
    let width = 0;
    for (; end < to && hasColumn(lines[end], column); end++) width = Math.max(width, widthOf(lines[end]?.[column]));
    for (let at = start; at < end; at++) {
      const cells = lines[at];
      if (cells) cells[column] += " ".repeat(width + padding - widthOf(cells[column]));
    }
    align(lines, start, end, column + 1);
    start = end - 1;
  }
}

function hasColumn(cells: readonly string[] | undefined, column: number): boolean {
  return cells !== undefined && column < cells.length - 1;
}

function widthOf(cell: string | undefined): number {
  return [...(cell ?? "")].length;
}
