/** A time as Kubernetes writes it: RFC 3339, UTC, whole seconds. */
export function rfc3339(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

/** A time as Kubernetes' MicroTime: RFC 3339, UTC, microseconds. */
export function rfc3339Micro(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 23)}000Z`;
}
