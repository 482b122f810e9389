import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { mustRun } from "./support/program.ts";

const root = join(import.meta.dirname, "..");
const home = mkdtempSync(join(tmpdir(), "typernetes-package-"));
const installed = join(home, "node_modules/typernetes");

before(
  async () => {
    await mustRun("npm", ["pack", root, "--pack-destination", home], { timeoutMs: 120_000 });
    mkdirSync(installed, { recursive: true });
    await mustRun("tar", ["-xzf", join(home, "typernetes-0.1.0.tgz"), "-C", installed, "--strip-components=1"]);
    // As npm would install them.
    for (const name of readdirSync(join(root, "node_modules")))
      symlinkSync(join(root, "node_modules", name), join(home, "node_modules", name));
    writeFileSync(join(home, "package.json"), '{"type":"module"}');
  },
  { timeout: 180_000 },
);
after(() => rmSync(home, { recursive: true, force: true }));

test("the package's programs run and its SDK reaches their cluster", { timeout: 120_000 }, async () => {
  const data = join(home, "data");
  const typernetes = join(installed, "bin/typernetes");
  const program = join(home, "nodes.js");
  writeFileSync(
    program,
    `import { connectFromKubeconfig, createClient } from "typernetes/sdk";
     const transport = await connectFromKubeconfig(${JSON.stringify(join(data, "kubeconfig"))});
     const { items } = await createClient(transport).core.v1.namespaces.list();
     console.log(items.map((item) => item.metadata.name).join());
     await transport.close();`,
  );
  await mustRun(typernetes, ["up", "--detach", "--data-dir", data, "--https-port", "0", "--grpc-port", "0"]);
  try {
    assert.match(await mustRun(process.execPath, [program]), /\bkube-system\b/);
    const typectl = join(installed, "bin/typectl");
    assert.match(await mustRun(typectl, ["--kubeconfig", join(data, "kubeconfig"), "get", "nodes"]), /^node-1 /m);
  } finally {
    await mustRun(typernetes, ["down", "--data-dir", data]);
  }
});

test("programs that use the SDK are checked against the contracts", { timeout: 60_000 }, async () => {
  const compilerOptions = {
    noEmit: true,
    strict: true,
    module: "nodenext",
    target: "es2022",
    types: [],
    skipLibCheck: true,
  };
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  const check = (source: string) => {
    const path = join(home, "program.ts");
    writeFileSync(path, `import type { Client, Pod } from "typernetes/sdk";\n${source}`);
    const tsc = join(root, "node_modules/typescript-native/bin/tsc");
    return mustRun(process.execPath, [tsc, "-p", home]);
  };
  await check("export const names = async (c: Client) => (await c.core.v1.pods.list()).items.map((p: Pod) => p.spec);");
  await assert.rejects(check('export const pod: Pod = { spec: { containers: "none" } };'), /not assignable to type/);
});
