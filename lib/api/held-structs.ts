import { type CompiledField, type CompiledMessage, compiledMessage } from "./compiled-schema.ts";
import { messageOfKind } from "./message-of-kind.ts";
import { zeroItem } from "./normalise.ts";
import { isRecord, type JsonRecord } from "./records.ts";

/** What a message has to be walked for. */
interface Plan {
  /** Structs that are held by value: JSON has them also when there is nothing in them. */
  readonly held: readonly { readonly name: string; readonly empty: JsonRecord }[];
  /** Fields that have held structs somewhere below. */
  readonly below: readonly CompiledField[];
}

const plans = new Map<CompiledMessage, Plan>();
const holders = new Map<string, CompiledMessage | undefined>();
const namesOfKinds = new Map<string, string>();

/**
 * The object as Kubernetes writes it in JSON: structs that are held by value (`status`, `resources`) are there also when
 * they are empty, so that clients can look into them and patches can add to them. What is not of the contracts, and
 * what lacks nothing, is answered as it is; nothing is changed in place.
 */
export function withHeldStructs<T extends object>(object: T, messageName = messageNameOf(object)): T {
  const message = messageName === undefined ? undefined : holderNamed(messageName);
  if (!message || !isRecord(object)) return object;
  const filled: object = fill(message, object);
  return filled === object ? object : { ...object, ...filled };
}

function messageNameOf(object: object): string | undefined {
  if (!isRecord(object)) return undefined;
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  const key = `${apiVersion} ${kind}`;
  const known = namesOfKinds.get(key);
  if (known !== undefined) return known;
  const name = messageOfKind(apiVersion, kind);
  if (name !== undefined) namesOfKinds.set(key, name);
  return name;
}

/** The message if there is anything to fill in it. */
function holderNamed(name: string): CompiledMessage | undefined {
  if (!holders.has(name)) {
    const message = compiledMessage(name);
    holders.set(name, holdsStructs(message, new Set()) ? message : undefined);
  }
  return holders.get(name);
}

function isHeld(field: CompiledField): boolean {
  return field.message !== undefined && !field.repeated && !field.map && !field.schema.pointer;
}

/** Metadata has none, and there is much of it. */
function holdsStructs(message: CompiledMessage, seen: Set<CompiledMessage>): boolean {
  if (seen.has(message)) return false;
  seen.add(message);
  for (const field of message.fields.values()) {
    if (isHeld(field) || (field.message && holdsStructs(field.message, seen))) return true;
  }
  return false;
}

function planOf(message: CompiledMessage): Plan {
  const known = plans.get(message);
  if (known) return known;
  const fields = [...message.fields.values()];
  const below = fields.filter((field) => field.message && holdsStructs(field.message, new Set()));
  const held = fields.filter(isHeld).map((field) => ({ name: field.name, empty: emptyStruct(field) }));
  const plan = { held, below };
  plans.set(message, plan);
  return plan;
}

function emptyStruct(field: CompiledField): JsonRecord {
  const zero = zeroItem(field);
  return field.message && isRecord(zero) ? fill(field.message, zero) : {};
}

function fill(message: CompiledMessage, object: JsonRecord): JsonRecord {
  const { held, below } = planOf(message);
  let filled = object;
  for (const field of below) {
    const value = object[field.name];
    if (!field.message || typeof value !== "object" || value === null) continue;
    const next = fillValue(field, field.message, value);
    if (next === value) continue;
    if (filled === object) filled = { ...object };
    filled[field.name] = next;
  }
  for (const { name, empty } of held) {
    if (object[name] !== undefined) continue;
    if (filled === object) filled = { ...object };
    filled[name] = empty;
  }
  return filled;
}

function fillValue(field: CompiledField, message: CompiledMessage, value: object): object {
  if (field.repeated) return Array.isArray(value) ? fillEach(message, value) : value;
  if (!isRecord(value)) return value;
  return field.map ? fillEntries(message, value) : fill(message, value);
}

function fillEach(message: CompiledMessage, items: readonly unknown[]): readonly unknown[] {
  let filled: unknown[] | undefined;
  for (const [index, item] of items.entries()) {
    const next = isRecord(item) ? fill(message, item) : item;
    if (next === item) continue;
    filled ??= [...items];
    filled[index] = next;
  }
  return filled ?? items;
}

function fillEntries(message: CompiledMessage, entries: JsonRecord): JsonRecord {
  let filled: JsonRecord | undefined;
  for (const [key, entry] of Object.entries(entries)) {
    const next = isRecord(entry) ? fill(message, entry) : entry;
    if (next === entry) continue;
    filled ??= Object.assign(Object.create(null), entries);
    if (filled) filled[key] = next;
  }
  return filled ?? entries;
}
