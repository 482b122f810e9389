/** What is wrong with a path of names and dots; undefined when nothing is. */
export function simplePathError(path: string): string | undefined {
  if (path === "") return "must not be empty";
  return path.startsWith(".") ? undefined : "must be a simple json path starting with .";
}
