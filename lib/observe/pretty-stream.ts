import type { DestinationStream } from "pino";

const shownApart = new Set(["level", "time", "name", "msg", "err"]);

/** Turns JSON lines into `12:00:01 INFO  scheduler  message  pod=default/web`, with stacks below. */
export function createPrettyStream(sink: DestinationStream): DestinationStream {
  return { write: (line) => sink.write(prettyLine(line)) };
}

function prettyLine(line: string): string {
  const entry: unknown = JSON.parse(line);
  if (typeof entry !== "object" || entry === null) return line;
  const fields = new Map<string, unknown>(Object.entries(entry));
  const time = String(fields.get("time")).slice(11, 23);
  const level = String(fields.get("level")).toUpperCase().padEnd(5);
  const rest = [...fields].filter(([name]) => !shownApart.has(name)).map(([name, value]) => `${name}=${shown(value)}`);
  const head = [time, level, fields.get("name"), fields.get("msg"), ...rest].join("  ");
  return `${head}\n${stackOf(fields.get("err"))}`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function stackOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const text = "stack" in error ? String(error.stack) : JSON.stringify(error);
  return text.replace(/^/gm, "    ").concat("\n");
}
