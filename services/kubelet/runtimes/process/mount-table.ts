/** One line of a mount table. */
export interface MountLine {
  source: string;
  target: string;
  type: string;
  options: string[];
}

/** The text of a table that `mount --all --fstab` reads; it mounts line by line, in one process. */
export function mountTable(lines: readonly MountLine[]): string {
  return lines
    .map(({ source, target, type, options }) =>
      [source, target, type, options.join(",") || "defaults", "0", "0"].map(escapeField).join(" "),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** A bind mount; the target is made when it is missing and a directory. */
export function bindLine(source: string, target: string, readOnly: boolean, ...options: string[]): MountLine {
  return { source, target, type: "none", options: ["rbind", ...(readOnly ? ["ro"] : []), ...options] };
}

/** Bind mounts of a table that nothing is to leave or reach, wherever their sources are shared. */
export function keptApart(lines: readonly MountLine[]): MountLine[] {
  const says = ({ options }: MountLine, ...words: string[]) => words.some((word) => options.includes(word));
  return lines.map((line) => {
    const isOpen = says(line, "bind", "rbind") && !says(line, "rslave", "rshared");
    return isOpen ? { ...line, options: [...line.options, "rprivate"] } : line;
  });
}

/** A path as a value among an overlay's options, where commas, colons and backslashes have a meaning. */
export function overlayPath(path: string): string {
  return path.replace(/[\\:,]/g, "\\$&");
}

function escapeField(field: string): string {
  return field.replace(/[\\\s#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
