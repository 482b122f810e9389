import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatIPv4, parseIPv4, parseIPv4Range } from "./ipv4.ts";
import type { NetworkPortMapping } from "./pod-network.ts";

/** What a sandbox was given. */
export interface AddressRecord {
  ip: string;
  portMappings: NetworkPortMapping[];
}

/**
 * Which sandbox has which address, one file per sandbox, written before the address is used: after a crash no address
 * is given out twice. One process at a time owns the directory.
 */
export class AddressBook {
  readonly #dir: string;
  readonly #records = new Map<string, AddressRecord>();
  readonly #taken = new Set<number>();
  readonly #first: number;
  readonly #count: number;
  #next = 0;

  /** Gives out all addresses of `range` but the network's, the first `reserved` after it, and the broadcast address. */
  constructor(dir: string, range: string, reserved = 1) {
    const { first, size } = parseIPv4Range(range);
    this.#dir = dir;
    this.#first = first + 1 + reserved;
    this.#count = size - 2 - reserved;
    mkdirSync(dir, { recursive: true });
    for (const name of readdirSync(dir)) this.#load(name);
  }

  get(sandboxId: string): AddressRecord | undefined {
    return this.#records.get(sandboxId);
  }

  entries(): [string, AddressRecord][] {
    return [...this.#records];
  }

  /** Takes the next free address; addresses given back rest as long as possible. @throws Error when none is free. */
  take(sandboxId: string, portMappings: NetworkPortMapping[]): AddressRecord {
    for (let tried = 0; tried < this.#count; tried++) {
      const address = this.#first + ((this.#next + tried) % this.#count);
      if (this.#taken.has(address)) continue;
      const record = { ip: formatIPv4(address), portMappings };
      this.#store(sandboxId, record);
      this.#remember(sandboxId, record);
      return record;
    }
    throw new Error(`no free pod address: all ${this.#count} of the node's range are taken`);
  }

  giveBack(sandboxId: string): void {
    const record = this.#records.get(sandboxId);
    if (!record) return;
    rmSync(join(this.#dir, sandboxId), { force: true });
    this.#records.delete(sandboxId);
    this.#taken.delete(parseIPv4(record.ip));
  }

  #store(sandboxId: string, record: AddressRecord): void {
    const draft = join(this.#dir, `.${sandboxId}`);
    writeFileSync(draft, JSON.stringify(record));
    renameSync(draft, join(this.#dir, sandboxId));
  }

  #load(name: string): void {
    if (name.startsWith(".")) {
      rmSync(join(this.#dir, name), { force: true });
      return;
    }
    const record: AddressRecord = JSON.parse(readFileSync(join(this.#dir, name), "utf8"));
    this.#remember(name, record);
  }

  #remember(sandboxId: string, record: AddressRecord): void {
    const address = parseIPv4(record.ip);
    this.#records.set(sandboxId, record);
    this.#taken.add(address);
    this.#next = Math.max(0, address - this.#first + 1) % this.#count;
  }
}
