/** What addresses of a proxied server are turned into addresses of the proxy by. */
export interface UrlRewriting {
  /** The path of the proxy, before the server's own paths. */
  readonly prefix: string;
  /** Under which names the server goes, each with its port, if it has one. */
  readonly hosts: readonly string[];
}

/** An address that leads to the same place through the proxy; those that lead elsewhere, or are relative, stay. */
export function rewriteUrl(url: string, { prefix, hosts }: UrlRewriting): string {
  const match = /^(?:(?:https?:)?\/\/([^/?#]*))?(\/(?!\/).*)?$/is.exec(url);
  const [, host, path] = match ?? [];
  if (!match || (host === undefined && path === undefined)) return url;
  if (host !== undefined && !hosts.includes(host)) return url;
  const absolute = path ?? "/";
  const isRewritten = absolute === prefix || absolute.startsWith(`${prefix}/`);
  return isRewritten ? absolute : prefix + absolute;
}
