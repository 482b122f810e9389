/** What is printed of a field of a volume that was not given. */
export const unset = "<unset>";

const shortNames: readonly (readonly [string, string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

/** Access modes by their short names: `RWO,RWX`. */
export function shownAccessModes(modes: readonly string[] | undefined): string {
  return shortNames.flatMap(([mode, short]) => (modes?.includes(mode) ? [short] : [])).join(",");
}
