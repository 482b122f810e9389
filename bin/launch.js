import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Runs a program's bundle; in a checkout without one, builds it first. */
export async function launch(program) {
  const bundle = join(root, "dist", `${program}.js`);
  if (!existsSync(bundle)) {
    const builder = join(root, "scripts/build.js");
    if (!existsSync(builder)) throw new Error(`${bundle} is missing: install the package again`);
    const { buildIfStale } = await import(builder);
    await buildIfStale();
  }
  await import(bundle);
}
