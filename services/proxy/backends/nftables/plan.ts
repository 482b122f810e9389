import type { Frontend } from "./frontend.ts";
import { type Chain, mapsFor, pickChain, slotsMax, stickChain, toChain } from "./ruleset.ts";

/** A frontend as the kernel has it: its endpoints by their slot. */
interface Programmed {
  frontend: Frontend;
  slots: string[];
}

/** What the kernel's table holds, as far as it depends on services. */
export class Programming {
  readonly frontends = new Map<string, Programmed>();
  /** How many frontends need each chain and each hairpin element. */
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
  return (
    a.affinitySeconds === b.affinitySeconds &&
    a.masquerade === b.masquerade &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((endpoint, index) => endpoint === b.endpoints[index])
  );
}

/** Gives every endpoint a slot, moving as few as possible; slots are always filled from 0. */
export function assignSlots(old: string[], endpoints: string[]): string[] {
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

/** Elements and chains that come and go. */
class Change {
  readonly #removed = new Map<string, string[]>();
  readonly #added = new Map<string, string[]>();
  readonly #usesDelta = new Map<string, number>();
  readonly #chains = new Map<string, Chain>();

  frontend(old: Programmed | undefined, next: Programmed | undefined): void {
    const before = old ? elementsOf(old) : noElements;
    const after = next ? elementsOf(next) : noElements;
    for (const [id, value] of before.elements)
      if (after.elements.get(id) !== value) push(this.#removed, setOf(id), keyOf(id));
    for (const [id, value] of after.elements) {
      if (before.elements.get(id) !== value)
        push(this.#added, setOf(id), value ? `${keyOf(id)} : ${value}` : keyOf(id));
    }
    for (const chain of before.chains) this.#count(`chain ${chain.name}`, -1);
    for (const chain of after.chains) {
      this.#count(`chain ${chain.name}`, 1);
      this.#chains.set(chain.name, chain);
    }
    for (const id of before.hairpins) this.#count(id, -1);
    for (const id of after.hairpins) this.#count(id, 1);
  }

  #count(use: string, delta: number): void {
    this.#usesDelta.set(use, (this.#usesDelta.get(use) ?? 0) + delta);
  }

  commands(table: string, uses: Map<string, number>): string {
    const begun: string[] = [];
    const ended: string[] = [];
    for (const [use, delta] of this.#usesDelta) {
      const before = uses.get(use) ?? 0;
      if (before === 0 && delta > 0) begun.push(use);
      if (before > 0 && before + delta === 0) ended.push(use);
    }
    const isChain = (use: string) => use.startsWith("chain ");
    for (const use of ended) if (!isChain(use)) push(this.#removed, setOf(use), keyOf(use));
    for (const use of begun) if (!isChain(use)) push(this.#added, setOf(use), keyOf(use));
    return [
      ...begun.filter(isChain).flatMap((use) => this.#addChain(table, use.slice("chain ".length))),
      ...elementCommands("delete", table, this.#removed),
      ...elementCommands("add", table, this.#added),
      ...ended.filter(isChain).map((use) => `delete chain inet ${table} ${use.slice("chain ".length)}\n`),
    ].join("");
  }

  #addChain(table: string, name: string): string[] {
    const rules = this.#chains.get(name)?.rules ?? [];
    return [`add chain inet ${table} ${name}\n`, ...rules.map((rule) => `add rule inet ${table} ${name} ${rule}\n`)];
  }

  commitUses(uses: Map<string, number>): void {
    for (const [use, delta] of this.#usesDelta) {
      const count = (uses.get(use) ?? 0) + delta;
      if (count > 0) uses.set(use, count);
      else uses.delete(use);
    }
  }
}

interface Elements {
  /** Value by `set|key`; the empty string in sets, which have none. */
  elements: Map<string, string>;
  chains: Chain[];
  hairpins: string[];
}

const noElements: Elements = { elements: new Map(), chains: [], hairpins: [] };

function elementsOf({ frontend, slots }: Programmed): Elements {
  const { kind, family, match, matchInProtocol, affinitySeconds, masquerade } = frontend;
  const maps = mapsFor(frontend);
  const elements = new Map<string, string>();
  if (slots.length === 0) {
    elements.set(`${maps.refused}|${match}`, "");
    return { elements, chains: [], hairpins: [] };
  }
  if (kind === "address") elements.set(`origins${family}|${match}`, masquerade ? "goto masquerade-it" : "accept");
  else if (masquerade) elements.set(`nodemasquerade${family}|${match}`, "");
  const hairpins = slots.map((slot) => hairpinOf(family, slot));
  const first = (affinitySeconds === undefined ? pickChain : stickChain)(frontend, slots.length);
  elements.set(`${maps.verdicts}|${match}`, `goto ${first.name}`);
  if (affinitySeconds === undefined) {
    for (const [index, slot] of slots.entries()) elements.set(`${maps.endpoints}|${matchInProtocol} . ${index}`, slot);
    return { elements, chains: [first], hairpins };
  }
  const chains = slots.map((slot) => toChain(family, slot, affinitySeconds));
  for (const [index, chain] of chains.entries())
    elements.set(`${maps.sticky}|${match} . ${index}`, `goto ${chain.name}`);
  return { elements, chains: [first, ...chains], hairpins };
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

/** One element a line, so that what nft quotes in an error stays short. */
function elementCommands(verb: "add" | "delete", table: string, sets: Map<string, string[]>): string[] {
  return [...sets].map(([set, elements]) => `${verb} element inet ${table} ${set} {\n${elements.join(",\n")}\n}\n`);
}
