/** Whoever walks through an expression calls itself for what is inside; beyond this there might be no room left for that. */
const nestingMax = 1_000;

/** A node of an expression as the library has read it. */
interface ReadNode {
  readonly op: string;
  args: unknown;
  start: number;
  pos: number;
  end: number;
}

/** One of a chain of `&&`, or of `||`. */
interface Link extends ReadNode {
  args: readonly [ReadNode, ReadNode];
}

/**
 * Makes chains of `&&` and of `||`, however long, trees that are as flat as can be, as Kubernetes does; nothing else may be
 * nested deeper than anybody can walk through.
 * @throws Error
 */
export function flattenNesting(value: unknown, left = nestingMax): void {
  if (left < 0) throw new Error(`expression recursion limit exceeded: ${nestingMax}`);
  if (Array.isArray(value)) for (const part of value) flattenNesting(part, left);
  else if (isLink(value)) flattenChain(value, left);
  else if (isRead(value)) flattenNesting(value.args, left - 1);
}

function flattenChain(root: Link, left: number): void {
  const links: Link[] = [];
  const terms = [root.args[1]];
  let first = root.args[0];
  for (; isLink(first) && first.op === root.op; first = first.args[0]) {
    links.push(first);
    terms.push(first.args[1]);
  }
  terms.push(first);
  terms.reverse();
  const depth = Math.ceil(Math.log2(terms.length));
  for (const term of terms) flattenNesting(term, left - depth);
  // The root stays on top: what is around it knows it.
  links.splice((links.length + 1) >> 1, 0, root);
  join(links, terms, 0, links.length);
}

/** Joins the terms from `from` to `to`, both inclusive, by the links from `from` to before `to`. */
function join(links: readonly Link[], terms: readonly ReadNode[], from: number, to: number): ReadNode | undefined {
  const middle = (from + to) >> 1;
  const link = links[middle];
  if (from === to || !link) return terms[from];
  const [first, second] = [join(links, terms, from, middle), join(links, terms, middle + 1, to)];
  if (first && second) {
    link.args = [first, second];
    link.pos = link.start = first.start;
    link.end = second.end;
  }
  return link;
}

function isRead(value: unknown): value is ReadNode {
  return typeof value === "object" && value !== null && "op" in value && "evaluate" in value;
}

function isLink(value: unknown): value is Link {
  return isRead(value) && (value.op === "&&" || value.op === "||");
}
