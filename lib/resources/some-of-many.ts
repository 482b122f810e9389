/** The first few of a list, and how many more there are: `a,b,c + 2 more...`; `nothing` for an empty list. */
export function someOfMany(items: readonly string[], max: number, nothing: string): string {
  const shown = items.slice(0, max).join(",");
  const more = items.length - max;
  return more > 0 ? `${shown} + ${more} more...` : shown || nothing;
}
