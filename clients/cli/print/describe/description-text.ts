import { tabbed } from "../tabbed.ts";

/** A description that grows line by line; tabs become columns. */
export class DescriptionText {
  #text = "";

  /** Adds a line, indented by two spaces per level. */
  line(text: string, level = 0): this {
    this.#text += `${"  ".repeat(level)}${text}\n`;
    return this;
  }

  /** Adds `Name:<tab>value`. */
  field(name: string, value: string | number | boolean, level = 0): this {
    return this.line(`${name}:\t${value}`, level);
  }

  /** Adds a map, one entry to a line, under each other. */
  map(name: string, map: Readonly<Record<string, string>> | undefined, { indent = "", separator = "=" } = {}): this {
    const entries = Object.entries(map ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
    if (entries.length === 0) return this.line(`${indent}${name}:\t<none>`);
    entries.forEach(([key, value], index) => {
      this.line(`${indent}${index === 0 ? `${name}:` : ""}\t${key}${separator}${value}`);
    });
    return this;
  }

  /** Adds annotations; long ones go to lines of their own. */
  annotations(map: Readonly<Record<string, string>> | undefined, indent = ""): this {
    const entries = Object.entries(map ?? {})
      .filter(([key]) => !hiddenAnnotations.has(key))
      .sort(([left], [right]) => (left < right ? -1 : 1));
    if (entries.length === 0) return this.line(`${indent}Annotations:\t<none>`);
    entries.forEach(([key, value], index) => {
      const start = `${indent}${index === 0 ? "Annotations:" : ""}\t`;
      const text = value.endsWith("\n") ? value.slice(0, -1) : value;
      const isLong = key.length + text.length + 2 > annotationLengthMax || text.includes("\n");
      if (!isLong) this.line(`${start}${key}: ${text}`);
      else {
        this.line(`${start}${key}:`);
        for (const line of text.split("\n")) this.line(`${indent}\t  ${shortened(line)}`);
      }
    });
    return this;
  }

  toString(): string {
    return tabbed(this.#text);
  }
}

const annotationLengthMax = 140;
const hiddenAnnotations = new Set(["kubectl.kubernetes.io/last-applied-configuration"]);

function shortened(line: string): string {
  return line.length > annotationLengthMax ? `${line.slice(0, annotationLengthMax - 3)}...` : line;
}

/** A time as descriptions have it: `Mon, 02 Jan 2006 15:04:05 +0000`. */
export function longTime(time: string | undefined): string {
  return time ? new Date(time).toUTCString().replace("GMT", "+0000") : "<unset>";
}
