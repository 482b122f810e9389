/** What a node's nftables table of network policies holds; empty `chains` means that no pod here is selected. */
export interface PolicyTable {
  sets: Map<string, NamedSet>;
  /** Rules by the name of their chain. A name tells everything in it: a chain never changes. */
  chains: Map<string, string[]>;
}

/** A set, or a map where its elements have values. */
export interface NamedSet {
  /** In nft's words: `set` or `map`, and the type of its elements. */
  kind: "set" | "map";
  type: string;
  /** Values by key; empty values in a set. */
  elements: Map<string, string>;
}

/** A table that enforces nothing. */
export function emptyPolicyTable(): PolicyTable {
  return { sets: new Map(), chains: new Map() };
}

/**
 * The commands that lead from `before` to `after` in one transaction; the whole table where `before` is unknown, none
 * where nothing differs. A table without chains is taken away.
 */
export function planPolicyChange(table: string, before: PolicyTable | undefined, after: PolicyTable): string {
  const remove = `add table inet ${table}\ndelete table inet ${table}\n`;
  if (after.chains.size === 0) return before?.chains.size === 0 ? "" : remove;
  if (!before) return remove + create(table, after);
  return before.chains.size === 0 ? create(table, after) : difference(table, before, after);
}

function create(table: string, after: PolicyTable): string {
  return `add table inet ${table}\n${difference(table, emptyPolicyTable(), after)}${forwardChain(table)}`;
}

/** Only packets between pods and elsewhere are forwarded: what comes from the node itself is not seen here. */
function forwardChain(table: string): string {
  return `add chain inet ${table} forward { type filter hook forward priority filter; policy accept; }
add rule inet ${table} forward ct state established,related accept
add rule inet ${table} forward ip saddr @hosts accept
add rule inet ${table} forward ip saddr . ip daddr @selves accept
add rule inet ${table} forward ip saddr vmap @egress
add rule inet ${table} forward ip daddr vmap @ingress
add rule inet ${table} forward ip6 saddr @hosts6 accept
add rule inet ${table} forward ip6 saddr . ip6 daddr @selves6 accept
add rule inet ${table} forward ip6 saddr vmap @egress6
add rule inet ${table} forward ip6 daddr vmap @ingress6
`;
}

/** Nothing is used before it is there, nor taken away while it is used. */
function difference(table: string, before: PolicyTable, after: PolicyTable): string {
  const commands: string[] = [];
  for (const [name, { kind, type }] of after.sets)
    if (!before.sets.has(name)) commands.push(`add ${kind} inet ${table} ${name} { type ${type}; }\n`);
  for (const [name, rules] of after.chains) {
    if (before.chains.has(name)) continue;
    commands.push(`add chain inet ${table} ${name}\n`);
    for (const rule of rules) commands.push(`add rule inet ${table} ${name} ${rule}\n`);
  }
  for (const [name, set] of after.sets) commands.push(...elementCommands(table, name, before.sets.get(name), set));
  for (const name of before.chains.keys())
    if (!after.chains.has(name)) commands.push(`delete chain inet ${table} ${name}\n`);
  for (const [name, { kind }] of before.sets)
    if (!after.sets.has(name)) commands.push(`delete ${kind} inet ${table} ${name}\n`);
  return commands.join("");
}

function elementCommands(table: string, name: string, before: NamedSet | undefined, after: NamedSet): string[] {
  const old = before?.elements ?? new Map<string, string>();
  const gone = [...old].filter(([key, value]) => after.elements.get(key) !== value).map(([key]) => key);
  const come = [...after.elements]
    .filter(([key, value]) => old.get(key) !== value)
    .map(([key, value]) => (value === "" ? key : `${key} : ${value}`));
  const command = (verb: string, elements: string[]) =>
    elements.length === 0 ? [] : [`${verb} element inet ${table} ${name} { ${elements.join(", ")} }\n`];
  return [...command("delete", gone), ...command("add", come)];
}
