/** An API group and one of its versions. */
export interface GroupVersion {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
}

/** The parts of `v1` or `apps/v1`; undefined when the text has more parts. */
export function parseApiVersion(apiVersion: string): GroupVersion | undefined {
  const [first = "", second, ...more] = apiVersion.split("/");
  if (more.length > 0) return undefined;
  return second === undefined ? { group: "", version: first } : { group: first, version: second };
}

/** `v1` for the core group, `apps/v1` for others. */
export function formatApiVersion({ group, version }: GroupVersion): string {
  return group ? `${group}/${version}` : version;
}
