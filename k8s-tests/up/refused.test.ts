import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { programPath, runProgram } from "../support/program.ts";
import { Place } from "./cluster.ts";

/** Runs a program that must refuse; answers its one line. */
async function refusal(place: Place, ...args: string[]): Promise<string> {
  const { code, stderr } = await place.run(...args);
  assert.equal(code, 1, stderr);
  const [line = "", ...others] = stderr.trim().split("\n");
  assert.deepEqual(others, []);
  return line;
}

test("a port in use is named, with what to do", async (context) => {
  const place = await Place.make(context);
  const server = createServer().listen(place.grpcPort);
  context.after(() => server.close());
  for (const flags of [[], ["--separate"]]) {
    const line = await refusal(place, ...place.up(...flags));
    assert.equal(
      line,
      `error: port ${place.grpcPort} is in use: choose another with --grpc-port, or 0 for any that is free`,
    );
  }
  assert.deepEqual(place.left(), []);
});

test("a data directory in use is refused, in every way of starting", async (context) => {
  const place = await Place.make(context);
  const first = await place.start("--without", "kubelet,proxy");
  const ports = ["--https-port", "12345", "--grpc-port", "12346"];
  for (const flags of [[], ["--separate"], ["--detach"]]) {
    const line = await refusal(place, "up", "--data-dir", place.dataDir, ...ports, ...flags);
    assert.match(
      line,
      new RegExp(`^error: ${place.dataDir} is in use by a cluster that runs \\(process ${first.pid}\\)`),
    );
  }
  assert.equal(first.ended, false);
});

test("a store in use is refused to an apiserver that runs alone", async (context) => {
  const place = await Place.make(context);
  await place.start("--without", "kubelet,proxy");
  const line = await refusal(place, "apiserver", "--data-dir", place.dataDir, "--grpc-port", "0", "--https-port", "0");
  assert.match(line, /in use/);
});

test("an etcd that does not answer is named", async (context) => {
  const place = await Place.make(context);
  const line = await refusal(place, ...place.up("--store", "http://127.0.0.1:1"));
  assert.match(
    line,
    /^error: no etcd answers at http:\/\/127\.0\.0\.1:1: start it, or correct --store \(.*ECONNREFUSED/,
  );
});

test("configuration files that cannot be used are named before anything starts", async (context) => {
  const place = await Place.make(context);
  for (const [flag, reason] of [
    ["--kubelet-config", /ENOENT/],
    ["--scheduler-config", /ENOENT/],
    ["--kubelet-config", /this is no KubeletConfiguration/],
  ] as const) {
    const path = join(place.dataDir, "..", `${randomUUID()}.yaml`);
    if (reason.source !== "ENOENT") writeFileSync(path, "a: b");
    context.after(() => rmSync(path, { force: true }));
    const line = await refusal(place, ...place.up(flag, path));
    assert.ok(line.startsWith(`error: ${flag} ${path} cannot be used: `), line);
    assert.match(line, reason);
  }
  assert.deepEqual(place.left(), []);
});

test("without a Docker socket, pods on Docker are refused", async (context) => {
  const place = await Place.make(context);
  const env = { ...process.env, DOCKER_HOST: `unix://${place.dataDir}/no.sock` };
  const { code, stderr } = await runProgram(programPath("typernetes"), place.up("--runtime", "docker"), { env });
  assert.equal(code, 1);
  assert.match(stderr, /^error: Docker cannot be used: .*no\.sock.*--runtime process runs pods\n$/);
  assert.deepEqual(place.left(), []);
});

test("a damaged store is found, told of and left as it is", async (context) => {
  const place = await Place.make(context);
  const program = await place.start("--without", "kubelet,proxy");
  const client = await place.connect();
  const metadata = { name: "kept", namespace: "default" };
  const words = "these bytes will be others";
  await client.core.v1.configmaps.create({ metadata, data: { key: words } });
  await program.stop();
  const file = join(place.dataDir, "store", "data.mdb");
  const damaged = /^error: the store in .* is damaged: .*; restore the directory from a copy/;
  const bytes = readFileSync(file);
  // In every page that has them: the store no longer uses all.
  for (let at = bytes.indexOf(words); at >= 0; at = bytes.indexOf(words, at)) bytes.write("T", at);
  writeFileSync(file, bytes);
  assert.match(await refusal(place, ...place.up()), damaged);
  truncateSync(file, bytes.length >> 2);
  assert.match(await refusal(place, ...place.up()), damaged);
  assert.equal(statSync(file).size, bytes.length >> 2);
});

test("flags that make no sense are refused", async (context) => {
  const place = await Place.make(context);
  const cases: [flags: string[], words: RegExp][] = [
    [["--nodes", "0"], /a number from 1 to 250 is wanted/],
    [["--https-port", "70000"], /a port from 0 to 65535 is wanted/],
    [["--without", "cook"], /unknown service cook: choose from apiserver, /],
    [["--without", "apiserver"], /a cluster has an apiserver/],
    [["--runtime", "magic"], /Allowed choices are auto, docker, process, cri, hollow/],
    [["--store", "ftp://x"], /--store is "embedded" or the address of an etcd/],
    [["--separate", "--grpc-port", "0"], /cannot be 0/],
    [["--frobnicate"], /unknown option '--frobnicate'/],
  ];
  for (const [flags, words] of cases) {
    const { code, stderr } = await place.run(...place.up(...flags));
    assert.equal(code, 1, flags.join(" "));
    assert.match(stderr.split("\n")[0] ?? "", words);
  }
});

test("down says when there is no cluster", async (context) => {
  const place = await Place.make(context);
  assert.match(
    await refusal(place, "down", "--data-dir", join(place.dataDir, "none")),
    /no cluster in .*: is --data-dir right\?/,
  );
});
