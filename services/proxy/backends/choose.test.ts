import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { chooseBackend, findNftablesObstacle } from "./choose.ts";

const netns = `choose-${randomBytes(3).toString("hex")}`;

before(() => {
  execFileSync("ip", ["netns", "add", netns]);
});
after(() => {
  execFileSync("ip", ["netns", "del", netns]);
});

test("nftables is chosen where a trial succeeds, which leaves nothing behind", async () => {
  const { backend, nftablesObstacle } = await chooseBackend({ backend: "auto", nftables: { netns } });
  assert.equal(backend.name, "nftables");
  assert.equal(nftablesObstacle, undefined);
  await backend.close();
  assert.equal(execFileSync("nsenter", [`--net=/run/netns/${netns}`, "nft", "list", "tables"]).toString(), "");
});

test("userspace is chosen where nftables cannot be tried, with the reason", async () => {
  const options = { backend: "auto", nftables: { netns: "there-is-none" } } as const;
  const { backend, nftablesObstacle } = await chooseBackend(options);
  assert.equal(backend.name, "userspace");
  assert.match(nftablesObstacle ?? "", /no such file or directory.*there-is-none/);
  await backend.close();
  await assert.rejects(chooseBackend({ ...options, backend: "nftables" }), /nftables cannot be used here: /);
});

test("without a tool or the right to use it the obstacle is in the tool's words", async () => {
  const path = process.env["PATH"];
  try {
    process.env["PATH"] = "/nowhere";
    assert.match((await findNftablesObstacle()) ?? "", /nft: spawn nft ENOENT/);
  } finally {
    process.env["PATH"] = path;
  }
});

test("a backend closes without complaint when its network namespace is gone", async () => {
  const gone = `${netns}-gone`;
  execFileSync("ip", ["netns", "add", gone]);
  const { backend } = await chooseBackend({ backend: "nftables", nftables: { netns: gone } });
  await backend.apply({ ports: [] });
  execFileSync("ip", ["netns", "del", gone]);
  await backend.close();
});

test("userspace is made when it is asked for", async () => {
  const { backend } = await chooseBackend({ backend: "userspace" });
  assert.equal(backend.name, "userspace");
  await backend.close();
});
