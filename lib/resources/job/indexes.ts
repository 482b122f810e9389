/** Thrown for indexes of a job that are malformed; the message says what is wrong with them. */
export class IndexesError extends Error {
  override readonly name = "IndexesError";
}

/** How many indexes a text such as `1,3-5` names. @throws IndexesError when malformed or not below `completions`. */
export function countIndexes(text: string, completions: number): number {
  let total = 0;
  let last = -1;
  for (const interval of text === "" ? [] : text.split(",")) {
    const [first, end] = parseInterval(interval, completions);
    if (last >= first) throw new IndexesError(`non-increasing order, previous: ${last}, current: ${first}`);
    total += end - first + 1;
    last = end;
  }
  return total;
}

function parseInterval(text: string, completions: number): readonly [number, number] {
  const parts = text.split("-");
  if (parts.length > 2)
    throw new IndexesError(
      `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  const first = parseIndex(parts[0] ?? "", completions);
  if (parts.length === 1) return [first, first];
  const end = parseIndex(parts[1] ?? "", completions);
  if (first >= end) throw new IndexesError(`non-increasing order, previous: ${first}, current: ${end}`);
  return [first, end];
}

function parseIndex(text: string, completions: number): number {
  if (!/^[0-9]{1,10}$/.test(text))
    throw new IndexesError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  const index = Number(text);
  if (index >= completions) throw new IndexesError(`too large index: ${JSON.stringify(text)}`);
  return index;
}
