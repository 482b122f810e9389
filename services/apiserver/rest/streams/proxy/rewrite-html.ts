import { rewriteUrl, type UrlRewriting } from "./rewrite-url.ts";

/** The attributes that are addresses, by element. */
const addresses: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  applet: ["codebase"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["formaction", "src", "usemap"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};
const element = /<([a-z][a-z0-9]*)(\s[^<>]*)>/gi;
const attribute = /(\s)([a-z]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/gi;

/** A page whose addresses lead through the proxy. */
export function rewriteHtml(html: string, rewriting: UrlRewriting): string {
  return html.replace(element, (whole: string, name: string, attributes: string) => {
    const key = name.toLowerCase();
    const wanted = Object.hasOwn(addresses, key) ? addresses[key] : undefined;
    return wanted ? `<${name}${rewriteAttributes(attributes, wanted, rewriting)}>` : whole;
  });
}

function rewriteAttributes(attributes: string, wanted: readonly string[], rewriting: UrlRewriting): string {
  return attributes.replace(attribute, (whole: string, space: string, name: string, equals: string, value: string) => {
    if (!wanted.includes(name.toLowerCase())) return whole;
    const quote = /^["']/.exec(value)?.[0] ?? "";
    const url = quote ? value.slice(1, -1) : value;
    return `${space}${name}${equals}${quote}${rewriteUrl(url, rewriting)}${quote}`;
  });
}
