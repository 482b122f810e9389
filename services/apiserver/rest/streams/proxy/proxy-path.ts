/** A proxied path, as it was written. */
export interface ProxyPath {
  /** Up to what is proxied, without a slash at its end. */
  readonly prefix: string;
  /** What is asked for there: begins with a slash, unless there is nothing at all. */
  readonly path: string;
}

/** Takes a path such as `/api/v1/namespaces/N/services/S/proxy/P` apart. */
export function proxyPath(path: string): ProxyPath {
  const match = /^(\/api\/[^/]+\/(?:namespaces\/[^/]+\/)?[^/]+\/[^/]+\/proxy)(.*)$/s.exec(path);
  return { prefix: match?.[1] ?? path, path: match?.[2] ?? "" };
}
