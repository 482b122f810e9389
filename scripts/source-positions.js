import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join, relative, resolve } from "node:path";
import { bundleName } from "./built-tests.js";

const positionPattern = /(?:file:\/\/)?([^\s()'"]*\.test-build-\d+)\/tests\.cjs:(\d+):(\d+)/g;
const maps = new Map();

/** Replaces each position in bundled tests by the one in its source, told from the working directory. */
export function withSourcePositions(text) {
  return text.replace(positionPattern, (position, folder, line, column) => {
    const source = sourceOf(folder, Number(line), Number(column));
    return source ? `${source.file}:${source.line}:${source.column}` : position;
  });
}

/** The source that a position in a file is of, told from the working directory: the file itself unless it is a bundle of tests. */
export function sourceFile(file, line, column) {
  const position = withSourcePositions(`${file}:${line}:${column}`);
  return relative(process.cwd(), position.replace(/:\d+:\d+$/, ""));
}

function sourceOf(folder, line, column) {
  const map = mapOf(folder);
  const entry = map?.findEntry(line - 1, column - 1);
  if (entry?.originalSource === undefined) return undefined;
  const file = relative(process.cwd(), resolve(folder, entry.originalSource));
  return { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** Read when the first position is asked for: it is large. */
function mapOf(folder) {
  const read = () => new SourceMap(JSON.parse(readFileSync(join(folder, `${bundleName}.map`), "utf8")));
  if (!maps.has(folder)) maps.set(folder, read());
  return maps.get(folder);
}
