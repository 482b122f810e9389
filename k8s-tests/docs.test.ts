import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { freePort } from "./support/ports.ts";
import { mustRun, programPath } from "./support/program.ts";

const root = join(import.meta.dirname, "..");
const pages = readdirSync(root)
  .concat(readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => join("docs", name)))
  .filter((name) => name.endsWith(".md"));

for (const page of pages) {
  test(`every link in ${page} leads somewhere`, () => {
    const text = readFileSync(join(root, page), "utf8");
    assert.deepEqual(
      linksIn(text).filter((link) => !leadsSomewhere(page, link)),
      [],
    );
  });
}

test("the README's commands do what it says", { timeout: 400_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), "typernetes-readme-"));
  const script = runnableIn(readFileSync(join(root, "README.md"), "utf8"));
  assert.match(script, /typernetes up[\s\S]*typectl get nodes[\s\S]*typectl apply[\s\S]*typernetes down/);
  try {
    for (const folder of ["bin", "examples"]) symlinkSync(join(root, folder), join(home, folder));
    // The ports of a cluster that somebody has running are theirs.
    const ports = `--https-port ${await freePort()} --grpc-port ${await freePort()}`;
    const path = join(home, "readme.sh");
    writeFileSync(path, `set -eu\ncd ${home}\n${script.replace("bin/typernetes up", `$& ${ports}`)}`);
    const output = await mustRun("bash", [path], { timeoutMs: 360_000 });
    assert.match(output, /API ready in \d/);
    assert.match(output, /^node-1 +Ready/m);
    assert.match(output, /^deployment\.apps\/hello created$/m);
    assert.match(output, /^deployment "hello" successfully rolled out$/m);
    assert.equal(output.match(/^hello-\S+ +1\/1 +Running/gm)?.length, 3, output);
    assert.match(output, /^v\d+\.\d+\.\d+$/m);
    assert.match(output, /^cluster stopped$/m);
  } finally {
    const data = join(home, "typernetes-data");
    if (existsSync(data)) await mustRun(programPath("typernetes"), ["down", "--data-dir", data]);
    rmSync(home, { recursive: true, force: true });
  }
});

/** What blocks marked `sh runnable` say, as one script. */
function runnableIn(text: string): string {
  return [...text.matchAll(/^```sh runnable\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join("");
}

/** Targets of links, without those in code. */
function linksIn(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
}

function leadsSomewhere(page: string, link: string): boolean {
  if (/^https?:/.test(link)) return true;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? join(root, page) : join(root, dirname(page), path);
  if (relative(root, target).startsWith("..") || !existsSync(target)) return false;
  return anchor === undefined || anchorsOf(readFileSync(target, "utf8")).includes(anchor);
}

/** The anchors that GitHub makes from headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}
