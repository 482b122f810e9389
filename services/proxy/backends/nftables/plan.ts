import type { Frontend } from "./frontend.ts";
import {
  type AffinityMap,
  affinityMaps,
  type Chain,
  guardChain,
  mapsFor,
  pickChain,
  slotsMax,
  stickChain,
  toChain,
} from "./ruleset.ts";

/** A frontend as the kernel has it: its endpoints by their slot. */
interface Programmed {
  frontend: Frontend;
  slots: string[];
}

/** What the kernel's table holds, as far as it depends on services. */
export class Programming {
  readonly frontends = new Map<string, Programmed>();
  /** How many frontends need each chain, each map of clients and each hairpin element. */
  readonly uses = new Map<string, number>();
}

/** A transaction that was prepared but not made: `commands` for nft, and `commit` for when it has taken them. */
export interface Plan {
  commands: string;
  /** Keys of frontends that lost endpoints, or are gone. */
  shrunk: Set<string>;
  /** Keys of frontends that were absent or without endpoints before and have some now. */
  opened: Set<string>;
  commit(): void;
}

/** The commands that lead from what is programmed to `desired`, touching only frontends that differ. */
export function planChange(table: string, current: Programming, desired: Map<string, Frontend>): Plan {
  const change = new Change();
  const next = new Map<string, Programmed | undefined>();
  const shrunk = new Set<string>();
  const opened = new Set<string>();
  for (const [key, old] of current.frontends) {
    if (desired.has(key)) continue;
    change.frontend(old, undefined);
    next.set(key, undefined);
    shrunk.add(key);
  }
  for (const [key, frontend] of desired) {
    const old = current.frontends.get(key);
    if (old && isSame(old.frontend, frontend)) continue;
    const programmed = { frontend, slots: assignSlots(old?.slots ?? [], frontend.endpoints) };
    change.frontend(old, programmed);
    next.set(key, programmed);
    const remaining = new Set(frontend.endpoints);
    if (old?.slots.some((slot) => !remaining.has(slot))) shrunk.add(key);
    if (!old?.slots.length && programmed.slots.length > 0) opened.add(key);
  }
  return {
    commands: change.commands(table, current.uses),
    shrunk,
    opened,
    commit: () => {
      for (const [key, programmed] of next) {
        if (programmed) current.frontends.set(key, programmed);
        else current.frontends.delete(key);
      }
      change.commitUses(current.uses);
    },
  };
}

function isSame(a: Frontend, b: Frontend): boolean {
  if (a === b) return true;
  return (
    a.sourceRanges?.join() === b.sourceRanges?.join() &&
    a.affinitySeconds === b.affinitySeconds &&
    a.masquerade === b.masquerade &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((endpoint, index) => endpoint === b.endpoints[index])
  );
}

/** Gives every endpoint a slot, moving as few as possible; slots are always filled from 0. */
function assignSlots(old: string[], endpoints: string[]): string[] {
  if (endpoints.length > slotsMax)
    throw new Error(`a service has ${endpoints.length} endpoints, more than ${slotsMax}`);
  const wanted = new Set(endpoints);
  const slots = old.map((endpoint) => (wanted.delete(endpoint) ? endpoint : undefined));
  const added = [...wanted].reverse();
  for (let index = 0; index < slots.length; index++) slots[index] ??= added.pop();
  slots.push(...added.reverse());
  for (let index = 0; index < slots.length; index++) {
    while (slots.length > index && slots.at(-1) === undefined) slots.pop();
    if (index < slots.length) slots[index] ??= slots.pop();
  }
  return slots.filter((slot) => slot !== undefined);
}

/** What comes and goes: elements of the maps, and things that several frontends may use. */
class Change {
  readonly #removed = new Map<string, string[]>();
  readonly #added = new Map<string, string[]>();
  readonly #usesDelta = new Map<string, number>();
  readonly #shared = new Map<string, Shared>();

  frontend(old: Programmed | undefined, next: Programmed | undefined): void {
    const before = old ? needsOf(old) : noNeeds;
    const after = next ? needsOf(next) : noNeeds;
    for (const [id, value] of before.elements) {
      if (after.elements.get(id) !== value) push(this.#removed, setOf(id), keyOf(id));
    }
    for (const [id, value] of after.elements) {
      if (before.elements.get(id) !== value)
        push(this.#added, setOf(id), value ? `${keyOf(id)} : ${value}` : keyOf(id));
    }
    for (const shared of before.shared) this.#count(shared, -1);
    for (const shared of after.shared) this.#count(shared, 1);
  }

  #count(shared: Shared, delta: number): void {
    this.#shared.set(shared.id, shared);
    this.#usesDelta.set(shared.id, (this.#usesDelta.get(shared.id) ?? 0) + delta);
  }

  /** In an order in which nothing is used before it is there, nor taken away while it is used. */
  commands(table: string, uses: Map<string, number>): string {
    const begun: Shared[] = [];
    const ended: Shared[] = [];
    for (const [id, delta] of this.#usesDelta) {
      const shared = this.#shared.get(id);
      const before = uses.get(id) ?? 0;
      if (shared && before === 0 && delta > 0) begun.push(shared);
      if (shared && before > 0 && before + delta === 0) ended.push(shared);
    }
    for (const { hairpin } of ended) if (hairpin) push(this.#removed, setOf(hairpin), keyOf(hairpin));
    for (const { hairpin } of begun) if (hairpin) push(this.#added, setOf(hairpin), keyOf(hairpin));
    return [
      ...begun.flatMap(({ map }) => (map ? addMapCommand(table, map) : [])),
      ...begun.flatMap(({ chain }) => (chain ? addChainCommands(table, chain) : [])),
      ...elementCommands("delete", table, this.#removed),
      ...elementCommands("add", table, this.#added),
      ...ended.flatMap(({ chain }) => (chain ? `delete chain inet ${table} ${chain.name}\n` : [])),
      ...ended.flatMap(({ map }) => (map ? `delete map inet ${table} ${map.name}\n` : [])),
    ].join("");
  }

  commitUses(uses: Map<string, number>): void {
    for (const [id, delta] of this.#usesDelta) {
      const count = (uses.get(id) ?? 0) + delta;
      if (count > 0) uses.set(id, count);
      else uses.delete(id);
    }
  }
}

function addMapCommand(table: string, { name, type }: AffinityMap): string {
  return `add map inet ${table} ${name} { type ${type}; flags dynamic,timeout; }\n`;
}

function addChainCommands(table: string, { name, rules }: Chain): string[] {
  return [`add chain inet ${table} ${name}\n`, ...rules.map((rule) => `add rule inet ${table} ${name} ${rule}\n`)];
}

/** Something that exists as long as a frontend needs it: one of chain, map and element of a hairpin set. */
interface Shared {
  id: string;
  chain?: Chain;
  map?: AffinityMap;
  hairpin?: string;
}

/** What a frontend needs in the table. */
interface Needs {
  /** Value by `set|key`; the empty string in sets, which have none. */
  elements: Map<string, string>;
  shared: Shared[];
}

const noNeeds: Needs = { elements: new Map(), shared: [] };

function needsOf({ frontend, slots }: Programmed): Needs {
  const { kind, family, match, matchInProtocol, affinitySeconds, masquerade, inside } = frontend;
  const maps = mapsFor(frontend);
  const elements = new Map<string, string>();
  if (slots.length === 0) {
    elements.set(`${maps.refused}|${match}`, "");
    return { elements, shared: [] };
  }
  const guards = frontend.sourceRanges && !inside ? [guardChain(family, frontend.sourceRanges)] : [];
  for (const guard of guards) elements.set(`guards${family}|${match}`, `goto ${guard.name}`);
  if (inside) elements.set(`${maps.served}|${match}`, "");
  else if (kind === "address") elements.set(`origins${family}|${match}`, masquerade ? "goto masquerade-it" : "accept");
  else if (masquerade) elements.set(`nodemasquerade${family}|${match}`, "");
  const hairpins = slots.map((slot) => hairpinOf(family, slot)).map((hairpin) => ({ id: hairpin, hairpin }));
  const first = (affinitySeconds === undefined ? pickChain : stickChain)(frontend, slots.length);
  elements.set(`${maps.verdicts}|${match}`, `goto ${first.name}`);
  if (affinitySeconds === undefined) {
    for (const [index, slot] of slots.entries()) elements.set(`${maps.endpoints}|${matchInProtocol} . ${index}`, slot);
    return { elements, shared: [...[first, ...guards].map(sharedChain), ...hairpins] };
  }
  const chains = slots.map((slot) => toChain(frontend, slot, affinitySeconds));
  for (const [index, chain] of chains.entries())
    elements.set(`${maps.sticky}|${match} . ${index}`, `goto ${chain.name}`);
  const clients = affinityMaps(frontend).map((map) => ({ id: `map ${map.name}`, map }));
  const all = [first, ...guards, ...chains].map(sharedChain);
  return { elements, shared: [...all, ...clients, ...hairpins] };
}

function sharedChain(chain: Chain): Shared {
  return { id: `chain ${chain.name}`, chain };
}

function hairpinOf(family: number, slot: string): string {
  const ip = slot.slice(0, slot.indexOf(" "));
  return `hairpin${family}|${ip} . ${ip}`;
}

function setOf(id: string): string {
  return id.slice(0, id.indexOf("|"));
}

function keyOf(id: string): string {
  return id.slice(id.indexOf("|") + 1);
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function elementCommands(verb: "add" | "delete", table: string, sets: Map<string, string[]>): string[] {
  return [...sets].map(([set, elements]) => elementCommand(verb, table, set, elements));
}

/** One element a line, so that what nft quotes in an error stays short. */
export function elementCommand(verb: "add" | "delete", table: string, set: string, elements: string[]): string {
  return `${verb} element inet ${table} ${set} {\n${elements.join(",\n")}\n}\n`;
}
