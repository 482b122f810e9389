interface Member {
  op: string;
  args: unknown[];
}

/** Lets `has` look at members that are named in brackets: to the library `a["b"].c` is none there, but `a.b.c` is. */
export function nameMembersOfHas(ast: unknown): void {
  if (Array.isArray(ast)) for (const part of ast) nameMembersOfHas(part);
  if (typeof ast !== "object" || ast === null || !("op" in ast && "args" in ast)) return;
  if (isNode(ast) && ast.op === "call" && ast.args[0] === "has" && Array.isArray(ast.args[1]))
    nameMembers(ast.args[1][0]);
  nameMembersOfHas(ast.args);
}

function nameMembers(node: unknown): void {
  for (let member = node; isNode(member); member = member.args[0]) {
    if (member.op !== "[]") continue;
    const [, index] = member.args;
    if (typeof index !== "object" || index === null || !("op" in index && "args" in index)) return;
    if (index.op !== "value" || typeof index.args !== "string") return;
    member.op = ".";
    member.args = [member.args[0], index.args];
  }
}

function isNode(value: unknown): value is Member {
  return typeof value === "object" && value !== null && "op" in value && "args" in value && Array.isArray(value.args);
}
