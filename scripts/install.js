import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/** The repository's root folder. */
export const root = join(import.meta.dirname, "..");

/** Installs the packages of the lock file when they are missing or older than it: commands work on a bare checkout. */
export function installDependencies() {
  const marker = join(root, "node_modules/.package-lock.json");
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs - 60_000)
    return;
  console.error("installing packages…");
  // Not "npm ci": it refuses the lock file where a registry has no packages for other platforms.
  execFileSync("npm", ["install", "--no-audit", "--no-fund"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
}
