import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const helloImage = "typernetes/hello:1";

/** Builds the image of the hello server from this machine's Node and the libraries that it needs. No registry is asked. */
export function buildHelloImage(): void {
  const folder = mkdtempSync(join(tmpdir(), "typernetes-image-"));
  try {
    const archive = join(folder, "root.tar");
    execFileSync(
      "tar",
      [
        "-c",
        "-h",
        "-f",
        archive,
        "--transform",
        `s,^${process.execPath.slice(1)}$,usr/bin/node,`,
        "-C",
        "/",
        ...filesOf(process.execPath),
      ],
      { stdio: "pipe" },
    );
    execFileSync("docker", ["import", "-c", "ENV PATH=/usr/bin:/bin", archive, helloImage], { stdio: "pipe" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function removeHelloImage(): void {
  execFileSync("docker", ["rmi", "-f", helloImage], { stdio: "pipe" });
}

/** A program with its shared libraries, as paths without the leading slash. */
function filesOf(program: string): string[] {
  const listing = execFileSync("ldd", [program], { encoding: "utf8" });
  const libraries = [...listing.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] ?? "");
  return [program, ...libraries].map((path) => path.slice(1));
}
