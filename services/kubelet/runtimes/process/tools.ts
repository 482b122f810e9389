import { constants } from "node:fs";
import { access, copyFile, mkdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { runCommand } from "../../network/command.ts";

/** Where a container finds the tools that start it; read-only there. */
export const TOOLS_PATH = "/.typernetes";
/** Where the machine's root is while a container is being started. */
export const OLD_ROOT = `${TOOLS_PATH}/old`;

const TOOLS = ["mount", "umount", "setpriv", "env", "cp", "mkdir", "rm", "setsid", "nsenter", "unshare"] as const;

/** A program that works in every container, whatever its image holds. */
export type ToolName = (typeof TOOLS)[number];

/** Copies of the machine's own programs with the libraries they need, and the symbolic links of `/dev`. */
export interface Tools {
  dir: string;
  /** The words that run a tool inside a container. */
  command(name: ToolName): string[];
}

/** Makes the tools in `dir`, unless they are there and still those of the machine. @throws Error when one is missing. */
export async function installTools(dir: string): Promise<Tools> {
  const programs = await Promise.all(TOOLS.map(findProgram));
  const stamps = await Promise.all(programs.map(async (path) => `${path} ${(await stat(path)).mtimeMs}`));
  const stamp = stamps.join("\n");
  const loaderFile = join(dir, "loader");
  const current = await readFile(join(dir, "stamp"), "utf8").catch(() => "");
  if (current !== stamp) await build(dir, programs, stamp);
  const loader = await readFile(loaderFile, "utf8");
  const run = loader ? [`${TOOLS_PATH}/lib/${loader}`, "--library-path", `${TOOLS_PATH}/lib`] : [];
  return { dir, command: (name) => [...run, `${TOOLS_PATH}/bin/${name}`] };
}

async function build(dir: string, programs: string[], stamp: string): Promise<void> {
  const draft = `${dir}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  for (const part of ["bin", "lib", "dev", "old"]) await mkdir(join(draft, part), { recursive: true });
  const { libraries, loader } = await librariesOf(programs);
  const resolved = programs.map(async (path, i) => copyFile(await realpath(path), join(draft, "bin", TOOLS[i]!)));
  await Promise.all([...resolved, ...libraries.map((path) => copyFile(path, join(draft, "lib", basename(path))))]);
  const links = { fd: "/proc/self/fd", stdin: "fd/0", stdout: "fd/1", stderr: "fd/2", ptmx: "pts/ptmx" };
  for (const [name, target] of Object.entries(links)) await symlink(target, join(draft, "dev", name));
  await writeFile(join(draft, "loader"), loader);
  await writeFile(join(draft, "stamp"), stamp);
  await rm(dir, { recursive: true, force: true });
  await rename(draft, dir);
}

/** The shared libraries of dynamic programs, and the name of what loads them (empty when all are static). */
async function librariesOf(programs: string[]): Promise<{ libraries: string[]; loader: string }> {
  const listing = await runCommand(["ldd", ...programs]).catch(() => "");
  const paths = [...listing.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);
  const libraries = [...new Set(paths)];
  const loader = libraries.find((path) => /\/ld[-.][^/]*$/.test(path));
  return { libraries, loader: loader ? basename(loader) : "" };
}

async function findProgram(name: string): Promise<string> {
  for (const dir of ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]) {
    const path = join(dir, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Error(`the program ${name} is missing: install util-linux and coreutils`);
}
