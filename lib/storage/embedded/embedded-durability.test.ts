import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, type TestContext, test } from "node:test";
import { type Store, StoreError } from "../store.ts";
import { openEmbeddedStore } from "./embedded-store.ts";

const testWriter = join(import.meta.dirname, "test-writer.ts");

function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-store-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function startWriter(context: TestContext, directory: string, run = "") {
  const child = spawn(process.execPath, ["--import", "tsx", testWriter, directory, run], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => kill(child));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, "open");
  return { child, lines };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function refused(code: string, open: Promise<Store>): Promise<StoreError> {
  const error = await open.then(
    (store) => store.close(),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreError, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code);
  return error;
}

describe("embedded store and its directory", () => {
  test("a second process is refused, and the next one is not when the owner is killed", async (context) => {
    const directory = temporaryDirectory(context);
    const { child } = await startWriter(context, directory);
    const error = await refused("Locked", openEmbeddedStore({ directory }));
    assert.match(error.message, new RegExp(`in use by process ${child.pid}`));
    assert.ok(error.message.includes(directory));
    await kill(child);
    const store = await openEmbeddedStore({ directory });
    await refused("Locked", openEmbeddedStore({ directory }));
    await store.close();
    await (await openEmbeddedStore({ directory })).close();
  });

  test("of several processes that come at once, one gets the directory", async (context) => {
    const directory = temporaryDirectory(context);
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--import", "tsx", testWriter, directory], { stdio: ["ignore", "pipe", "ignore"] }),
    );
    context.after(() => Promise.all(children.map(kill)));
    const outcomes = await Promise.all(
      children.map((child) =>
        Promise.race([once(child.stdout, "data").then(() => "open"), once(child, "exit").then(() => "refused")]),
      ),
    );
    assert.deepEqual(outcomes.sort(), ["open", "refused", "refused", "refused"]);
  });
});

describe("embedded store killed in the middle of writes", () => {
  test("everything acknowledged is there, nothing is half-written, revisions go on", {
    timeout: 300_000,
  }, async (context) => {
    const directory = temporaryDirectory(context);
    let last = 0;
    for (let run = 1; run <= 3; run++) {
      const { child, lines } = await startWriter(context, directory, `run${run}`);
      const acknowledged = new Map<string, number>();
      const until = 300 + run * 171;
      for (let count = 0; count < until; count++) note(acknowledged, (await lines.next()).value);
      child.kill("SIGKILL");
      for (let line = await lines.next(); !line.done; line = await lines.next()) note(acknowledged, line.value);

      const store = await openEmbeddedStore({ directory });
      const revision = await store.currentRevision();
      for (const [key, written] of acknowledged) {
        assert.ok(Math.abs(written) > last, "revisions never come twice");
        assert.ok(revision >= Math.abs(written));
        await checkEntry(store, key, written);
      }
      await checkWhole(store);
      last = revision;
      await store.close();
    }
  });
});

/** A last line may be cut off by the kill. */
function note(acknowledged: Map<string, number>, line: string | undefined): void {
  const [, key, revision] = /^(\S+) (-?\d+)$/.exec(line ?? "") ?? [];
  if (key && revision) acknowledged.set(key, Number(revision));
}

/** What was acknowledged last is there, or something later that was not heard of any more. */
async function checkEntry(store: Store, key: string, written: number): Promise<void> {
  const entry = await store.get(key);
  if (written < 0) assert.equal(entry, undefined);
  else if (entry) assert.ok(entry.revision >= written);
  else assert.ok((await store.currentRevision()) > written);
}

async function checkWhole(store: Store): Promise<void> {
  const { entries } = await store.range("/registry/");
  assert.equal(await store.count("/registry/"), entries.length);
  for (const { key, value } of entries) {
    const text = Buffer.from(value).toString();
    assert.ok(text === `${key}=1 ${"x".repeat(1000)}` || text === `${key}=2 ${"y".repeat(500)}`, `${key} is whole`);
  }
}

describe("embedded store on a full disk", () => {
  const isRoot = process.getuid?.() === 0 || process.env["CI"] !== undefined;
  const skip = isRoot ? false : "needs root to mount a small file system";

  test("writes are refused, nothing is lost, and writes go on when there is room again", { skip }, async (context) => {
    const directory = temporaryDirectory(context);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", directory]);
    try {
      const ballast = join(directory, "ballast");
      writeFileSync(ballast, Buffer.alloc(5_000_000));
      const store = await openEmbeddedStore({ directory: join(directory, "store") });
      const reader = store.watch("/registry/", 1)[Symbol.asyncIterator]();
      const acknowledged: number[] = [];
      let refusals = 0;
      for (let round = 0; refusals === 0; round++) refusals = await writeRound(store, round, acknowledged);
      assert.equal(await store.count("/registry/"), acknowledged.length);
      rmSync(ballast);
      assert.equal(await writeRound(store, 1_000_000, acknowledged), 0);
      assert.deepEqual(
        acknowledged,
        Array.from(acknowledged, (_, index) => index + 2),
      );
      const seen: number[] = [];
      while (seen.length < acknowledged.length) {
        seen.push(...((await reader.next()).value?.events ?? []).map(({ revision }: { revision: number }) => revision));
      }
      assert.deepEqual(seen, acknowledged);
      await store.close();
    } finally {
      execFileSync("umount", ["-l", directory]);
    }
  });

  /** Writes once, at most 32 at a time, and returns how many were refused. */
  async function writeRound(store: Store, round: number, acknowledged: number[]): Promise<number> {
    const writes = Array.from({ length: 32 }, (_, i) => store.create(`/registry/${round}-${i}`, Buffer.alloc(2000)));
    const results = await Promise.allSettled(writes);
    for (const result of results) {
      if (result.status === "fulfilled") acknowledged.push(result.value);
      else assert.match(String(result.reason), /could not write to disk/);
    }
    return results.filter(({ status }) => status === "rejected").length;
  }
});

describe("embedded store with damaged data", () => {
  async function filled(directory: string): Promise<string> {
    const store = await openEmbeddedStore({ directory });
    for (let index = 0; index < 40; index++)
      await store.create(`/registry/d/${index}`, Buffer.from(`value-${index}-`.repeat(100)));
    await store.close();
    return join(directory, "data.mdb");
  }

  /** Changes one byte where `text` is in the file, and tells whether it was found. */
  function flip(file: string, text: string): void {
    const at = readFileSync(file).indexOf(text);
    assert.ok(at > 0, `${text} is in the file`);
    const handle = openSync(file, "r+");
    const byte = Buffer.alloc(1);
    readSync(handle, byte, 0, 1, at + 3);
    writeSync(handle, Buffer.from([(byte[0] ?? 0) ^ 0x10]), 0, 1, at + 3);
    closeSync(handle);
  }

  function assertHelpful(error: StoreError, directory: string): void {
    assert.ok(error.message.includes(directory));
    assert.match(error.message, /restore the directory from a copy, or move it away/);
  }

  for (const marker of ["closed properly", "not closed properly"]) {
    test(`a flipped byte in a value is found at start (${marker})`, async (context) => {
      const directory = temporaryDirectory(context);
      const file = await filled(directory);
      if (marker !== "closed properly") rmSync(join(directory, "clean.json"));
      flip(file, "value-17-value-17-");
      const error = await refused("Damaged", openEmbeddedStore({ directory }));
      assert.match(error.message, /the checksum of revision \d+ is wrong/);
      assertHelpful(error, directory);
      await refused("Damaged", openEmbeddedStore({ directory }));
    });

    test(`a file that was cut off is found at start (${marker})`, async (context) => {
      const directory = temporaryDirectory(context);
      const file = await filled(directory);
      if (marker !== "closed properly") rmSync(join(directory, "clean.json"));
      truncateSync(file, Math.floor(statSync(file).size / 2));
      assertHelpful(await refused("Damaged", openEmbeddedStore({ directory })), directory);
      truncateSync(file, 0);
      assertHelpful(await refused("Damaged", openEmbeddedStore({ directory })), directory);
    });
  }

  test("a byte that flips while the store is open is never handed out", async (context) => {
    const directory = temporaryDirectory(context);
    const file = await filled(directory);
    const store = await openEmbeddedStore({ directory });
    flip(file, "value-23-value-23-");
    await assert.rejects(store.get("/registry/d/23"), { code: "Damaged" });
    await assert.rejects(store.range("/registry/d/"), { code: "Damaged" });
    await assert.rejects(collect(store.watch("/registry/d/", 1)), { code: "Damaged" });
    assert.equal(Buffer.from((await store.get("/registry/d/22"))?.value ?? []).toString("utf8", 0, 9), "value-22-");
    await store.close();
    await refused("Damaged", openEmbeddedStore({ directory }));
  });

  async function collect(watch: AsyncIterable<unknown>): Promise<void> {
    for await (const _ of watch);
  }
});
