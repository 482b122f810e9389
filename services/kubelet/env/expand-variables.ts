/** Replaces `$(NAME)` by the variable's value; unknown names stay as written, and `$$` stands for one dollar sign. */
export function expandVariables(text: string, values: Pick<ReadonlyMap<string, string>, "get">): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (match, name: string | undefined) => {
    if (name === undefined) return "$";
    return values.get(name) ?? match;
  });
}
