/**
 * A process that tests kill: opens the store in a directory and, when told so, writes to it without end, saying
 * what was acknowledged: `key revision`, one a line.
 */
import { openEmbeddedStore } from "./embedded-store.ts";

const [directory = "", run = ""] = process.argv.slice(2);
const store = await openEmbeddedStore({ directory });
process.stdout.write("open\n");

async function write(writer: number): Promise<void> {
  for (let index = 0; ; index++) {
    const key = `/registry/kill/${run}-${writer}-${index}`;
    const created = await store.create(key, Buffer.from(`${key}=1 ${"x".repeat(1000)}`));
    process.stdout.write(`${key} ${created}\n`);
    const updated = await store.update(key, Buffer.from(`${key}=2 ${"y".repeat(500)}`), created);
    process.stdout.write(`${key} ${updated}\n`);
    if (index % 3 === 0) process.stdout.write(`${key} -${await store.delete(key, updated)}\n`);
    if (index % 50 === 0 && writer === 0) await store.compact(updated - 1);
  }
}

if (run) await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
else setInterval(() => {}, 60_000);
