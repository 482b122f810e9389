/**
 * Durable creates of the embedded store against the same bytes put into bare LMDB, flushed to disk, under the same
 * concurrency, in alternating rounds of one run. Goal: at most 1.5 times bare LMDB's time per write.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { openEmbeddedStore } from "../lib/storage/embedded/embedded-store.ts";
import { median, record } from "./support/record.ts";

const writers = 32;
const valueBytes = 1400;
const writesPerRound = 12_000;
const rounds = 7;

type Put = (key: string, value: Uint8Array) => Promise<unknown>;

interface Subject {
  name: string;
  put: Put;
  close: () => Promise<void>;
}

// Beside the results, so that it is a disk and not memory that is flushed to.
const workspace = mkdtempSync(join(import.meta.dirname, "..", ".bench-store-"));

function bareLmdb(): Subject {
  const database = open({ path: join(workspace, "bare"), noSubdir: false, encoding: "binary", separateFlushed: true });
  const put: Put = async (key, value) => {
    const committed: Promise<boolean> & { flushed?: Promise<boolean> } = database.put(key, value);
    await committed;
    await committed.flushed;
  };
  return { name: "bare LMDB", put, close: () => database.close() };
}

async function embedded(): Promise<Subject> {
  const store = await openEmbeddedStore({ directory: join(workspace, "embedded") });
  return { name: "embedded store", put: (key, value) => store.create(key, value), close: () => store.close() };
}

/** Microseconds per write of one round. */
async function round(subject: Subject, number: number): Promise<number> {
  let next = 0;
  const write = async () => {
    while (next < writesPerRound) {
      const index = next++;
      const value = Buffer.alloc(valueBytes, index);
      // As pods of a few deployments are named: in order of nothing.
      const name = `web-${((index * 2654435761) % 2 ** 32).toString(36)}-${number}`;
      await subject.put(`/registry/core/pods/namespace-${index % 10}/${name}`, value);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: writers }, write));
  return ((performance.now() - started) * 1000) / writesPerRound;
}

const subjects = [bareLmdb(), await embedded()];
const times = new Map(subjects.map((subject) => [subject.name, [] as number[]]));
try {
  for (let number = 0; number < rounds; number++) {
    for (const subject of subjects) {
      const micros = await round(subject, number);
      // The first round is for warming up.
      if (number > 0) times.get(subject.name)?.push(micros);
      console.log(`round ${number}: ${subject.name} ${micros.toFixed(1)} µs per write`);
    }
  }
} finally {
  for (const subject of subjects) await subject.close();
  rmSync(workspace, { recursive: true, force: true });
}

const [bare = Number.NaN, ours = Number.NaN] = subjects.map(({ name }) => median(times.get(name) ?? []));
// Round by round, since what else the machine does changes from one to the next.
const ratios = (times.get("embedded store") ?? []).map((time, index) => time / (times.get("bare LMDB")?.[index] ?? 0));
const ratio = median(ratios);
record("store", [
  {
    what: `durable create of ${valueBytes} bytes, ${writers} writers`,
    value: ours,
    unit: "µs",
    peer: { what: "bare LMDB", value: bare },
  },
  { what: "time per write against bare LMDB, round by round", value: ratio, unit: "times", goal: 1.5 },
]);
