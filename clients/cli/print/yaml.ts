import { isRecord } from "../../../lib/api/records.ts";

/** A value as Kubernetes' tools write YAML: lists not indented, texts quoted only where they have to be. */
export function formatGoYaml(value: unknown): string {
  return isContainer(value) ? block(value, "") : `${scalar(value, "")}\n`;
}

function isContainer(value: unknown): boolean {
  return (Array.isArray(value) && value.length > 0) || (isRecord(value) && Object.keys(value).length > 0);
}

function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) return value.map((item: unknown) => `${indent}- ${itemText(item, indent)}`).join("");
  if (!isRecord(value)) return "";
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${indent}${scalar(key, indent)}:${memberText(member, indent)}`)
    .join("");
}

/** What follows a dash: an object begins on the same line. */
function itemText(item: unknown, indent: string): string {
  const inner = `${indent}  `;
  return isContainer(item) ? block(item, inner).slice(inner.length) : `${scalar(item, indent)}\n`;
}

/** What follows a colon. */
function memberText(member: unknown, indent: string): string {
  if (!isContainer(member)) return ` ${scalar(member, indent)}\n`;
  return `\n${block(member, Array.isArray(member) ? indent : `${indent}  `)}`;
}

function scalar(value: unknown, indent: string): string {
  if (Array.isArray(value)) return "[]";
  if (isRecord(value)) return "{}";
  return typeof value === "string" ? stringText(value, indent) : String(value ?? null);
}

function stringText(text: string, indent: string): string {
  if (text === "") return '""';
  if (isSpecial(text)) return JSON.stringify(text);
  if (text.includes("\n") && isPrintable(text)) return isLiteral(text) ? literal(text, indent) : JSON.stringify(text);
  if (isOtherType(text)) return JSON.stringify(text);
  if (isPlain(text)) return text;
  return `'${text.replaceAll("'", "''")}'`;
}

/** Texts with characters that only escapes can write. */
function isSpecial(text: string): boolean {
  return !isPrintable(text) || /\t/.test(text.split("\n").join(""));
}

function isPrintable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return !/[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ud800-\udfff]/.test(
    text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ""),
  );
}

/** Whether a text of several lines can stand as it is. */
function isLiteral(text: string): boolean {
  return !/ \n/.test(text) && !/ $/.test(text) && !/^\s/.test(text.replace(/^\n+/, "")) && !text.startsWith("\n");
}

function literal(text: string, indent: string): string {
  const ending = /\n*$/.exec(text)?.[0].length ?? 0;
  const chomping = ending === 0 ? "-" : ending === 1 ? "" : "+";
  const body = ending === 0 ? text : text.slice(0, -1);
  const lines = body.split("\n").map((line) => (line ? `${indent}  ${line}` : ""));
  return `|${chomping}\n${lines.join("\n")}`;
}

/** Texts that would be read as something else if they were not quoted. */
function isOtherType(text: string): boolean {
  return (
    /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|<<)$/.test(
      text,
    ) ||
    /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0o?[0-7_]+|[0-9][0-9_]*)$/.test(text) ||
    /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text) ||
    /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::?\d{2})?))?)?$/.test(
      text,
    ) ||
    /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text)
  );
}

/** Whether a text of one line needs no quotes. */
function isPlain(text: string): boolean {
  if (/^\s|\s$/.test(text)) return false;
  if (/^[,[\]{}#&*!|>'"%@`]/.test(text)) return false;
  if (/^[-?:](?:\s|$)/.test(text)) return false;
  if (/^(?:---|\.\.\.)/.test(text)) return false;
  return !/: |:$| #/.test(text);
}
