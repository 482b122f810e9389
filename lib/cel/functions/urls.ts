import type { Environment } from "@marcbachmann/cel-js";

class CelUrl {
  readonly url: URL;
  /** Absolute paths have neither scheme nor host. */
  readonly isPath: boolean;

  constructor(text: string) {
    this.isPath = text.startsWith("/");
    this.url = new URL(text, this.isPath ? "http://path" : undefined);
  }
}

/** `url(…)` and what can be asked of it. */
export function registerUrls(environment: Environment): void {
  environment
    .registerType("URL", CelUrl)
    .registerFunction("url(string): URL", parse)
    .registerFunction("isURL(string): bool", isUrl)
    .registerOperator("URL == URL", (left: CelUrl, right: CelUrl) => left.url.href === right.url.href)
    .registerFunction("URL.getScheme(): string", (it: CelUrl) => (it.isPath ? "" : it.url.protocol.slice(0, -1)))
    .registerFunction("URL.getHost(): string", (it: CelUrl) => (it.isPath ? "" : it.url.host))
    .registerFunction("URL.getHostname(): string", (it: CelUrl) =>
      it.isPath ? "" : it.url.hostname.replace(/^\[(.*)\]$/, "$1"),
    )
    .registerFunction("URL.getPort(): string", (it: CelUrl) => (it.isPath ? "" : it.url.port))
    .registerFunction("URL.getEscapedPath(): string", (it: CelUrl) => it.url.pathname)
    .registerFunction("URL.getQuery(): map<string, list<string>>", (it: CelUrl) => {
      const { searchParams } = it.url;
      return new Map([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)]));
    });
}

function isUrl(text: string): boolean {
  return text.startsWith("/") ? URL.canParse(text, "http://path") : URL.canParse(text);
}

function parse(text: string): CelUrl {
  if (!isUrl(text)) throw new SyntaxError(`URL parse error during conversion from string: ${JSON.stringify(text)}`);
  return new CelUrl(text);
}
