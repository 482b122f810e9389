/** Indexes such as `0,3-5`; those that are not below `completions` are left out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const interval of text ? text.split(",") : []) {
    const [first = "", last = first] = interval.split("-");
    for (let index = Number(first); index <= Number(last) && index < completions; index++) indexes.add(index);
  }
  return indexes;
}

/** Indexes as text: three or more in a row are an interval. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const parts: string[] = [];
  let first: number | undefined;
  let last: number | undefined;
  const close = () => {
    if (first !== undefined && last !== undefined)
      parts.push(first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`);
  };
  for (const index of [...indexes].sort((left, right) => left - right)) {
    if (last !== undefined && index === last + 1) {
      last = index;
      continue;
    }
    close();
    first = index;
    last = index;
  }
  close();
  return parts.join(",");
}
