import { posix } from "node:path";
import { setprivArguments } from "./capabilities.ts";
import type { ContainerPaths, ContainerRecord } from "./container-record.ts";
import type { RootPlan } from "./root-plan.ts";
import { shellWords } from "./shell-words.ts";
import { takeTerminal } from "./terminal.ts";
import { OLD_ROOT, type Tools } from "./tools.ts";

/** What a container's start script is made from, besides its record. */
export interface StartScriptParts {
  record: ContainerRecord;
  paths: ContainerPaths;
  /** Files into which the process writes `0` to join its control group. */
  joinFiles: string[];
}

/**
 * Descriptor 3 leads to the runtime: all that is written to it before `ok` explains a failure. Descriptor 5 becomes the
 * container's stderr.
 */
const PRELUDE = `exec 2>&3
fail() { printf '%s\\n' "$*" >&3; exit 128; }
read -r stat < /proc/self/stat
`;

/** Finds command \`$1\` on path \`$2\`, so that a missing one is told apart from a program that fails. */
const FIND_COMMAND = `find_command() {
  case $1 in
  */*)
    [ -e "$1" ] || fail "exec: \\"$1\\": stat $1: no such file or directory"
    if [ -f "$1" ] && [ -x "$1" ]; then return; fi
    fail "exec: \\"$1\\": permission denied" ;;
  esac
  set -f; IFS=:
  for dir in $2; do
    if [ -f "$dir/$1" ] && [ -x "$dir/$1" ]; then return; fi
  done
  fail "exec: \\"$1\\": executable file not found in \\$PATH"
}
`;

/**
 * The script that is the first process of a container's namespaces: puts the root file system together, leaves the old
 * one, gives up privileges and becomes the container's command.
 */
export function isolatedScript(parts: StartScriptParts, plan: RootPlan, tools: Tools): string {
  const { record, paths } = parts;
  const { process: spec, config } = record;
  const tool = (name: Parameters<Tools["command"]>[0], ...words: string[]) =>
    shellWords([...tools.command(name), ...words]);
  const disk = plan.isShared ? "bind,ro,private" : "bind,ro";
  const old = (path: string) => OLD_ROOT + path;
  return [
    PRELUDE,
    FIND_COMMAND,
    ...parts.joinFiles.map((file) => `echo 0 > ${shellWords([file])} || exit 128`),
    ...(record.users ? [`exec 4< ${shellWords([record.users.path])} || exit 128`] : []),
    // Newer versions of mount otherwise refuse long lists of layers.
    "export LIBMOUNT_FORCE_MOUNT2=always",
    ...plan.prepare.map((words) => `${shellWords(words)} || exit 128`),
    `cd ${shellWords([plan.layersDir])} || exit 128`,
    `mount --no-mtab --all --fstab ${shellWords([plan.rootTable])} || exit 128`,
    `cd ${shellWords([paths.root])} && pivot_root . ${OLD_ROOT.slice(1)} && cd / || exit 128`,
    `${tool("mount", "--no-mtab", "--all", "--fstab", old(plan.baseTable))} || exit 128`,
    // A disk may go, and come again, at any moment: no container fails by it.
    ...plan.disks.map((path) => `${tool("mount", "--no-mtab", "-o", disk, old(path), path)} || :`),
    ...(plan.maskTable ? [`${tool("mount", "--no-mtab", "--all", "--fstab", old(plan.maskTable))} || exit 128`] : []),
    ...(plan.devices.length > 0
      ? [`${tool("cp", "-a", "--no-preserve=ownership", ...plan.devices, "/dev/")} || exit 128`]
      : []),
    ...plan.podDevices.map(({ from, to }) => deviceLine(from, to, tool)),
    ...plan.files.map((path) => touchLine(path, tool)),
    ...(plan.podTable ? [`${tool("mount", "--no-mtab", "--all", "--fstab", old(plan.podTable))} || exit 128`] : []),
    `cd ${shellWords([spec.workingDir])} 2>/dev/null || { ${tool("mkdir", "-p", spec.workingDir)} && cd ${shellWords([spec.workingDir])}; } || exit 128`,
    ...(config.security.readOnlyRootFilesystem
      ? [`${tool("mount", "--no-mtab", "-o", "remount,bind,ro", "/")} || exit 128`]
      : []),
    `find_command ${shellWords([spec.argv[0] ?? "", searchPath(spec.env)])}`,
    `printf '%s\\n' "$stat" > ${shellWords([old(`${paths.run}/pid`)])} || exit 128`,
    // What goes here must not go from the machine.
    ...(plan.isShared ? [`${tool("mount", "--no-mtab", "--make-rslave", OLD_ROOT)} || exit 128`] : []),
    `${tool("umount", "--no-mtab", "--lazy", OLD_ROOT)} || exit 128`,
    SAY_OK,
    `exec ${shellWords([...(config.tty ? takeTerminal(tools) : []), ...(record.users ? becomeUsers(tools) : []), ...tools.command("setpriv"), ...setprivArguments(spec.credentials), "--", ...tools.command("env"), "-i", ...spec.env, ...spec.argv])}`,
    "",
  ].join("\n");
}

/** Into the pod's users (descriptor 4), with mounts that their root has a say over: all before was the machine's root's. */
function becomeUsers(tools: Tools): string[] {
  const enter = [...tools.command("nsenter"), "--user=/proc/self/fd/4", "--"];
  return [...enter, ...tools.command("unshare"), "--mount", "--propagation=unchanged", "--"];
}

/** The script of a container without isolation: a process in a session of its own. */
export function plainScript({ record, paths, joinFiles }: StartScriptParts): string {
  const { argv, env, workingDir } = record.process;
  return [
    PRELUDE,
    FIND_COMMAND,
    ...joinFiles.map((file) => `echo 0 > ${shellWords([file])} || exit 128`),
    `cd ${shellWords([workingDir])} || exit 128`,
    `find_command ${shellWords([argv[0] ?? "", searchPath(env)])}`,
    `printf '%s\\n' "$stat" > ${shellWords([`${paths.run}/pid`])} || exit 128`,
    SAY_OK,
    `exec env -i ${shellWords([...env, ...argv])}`,
    "",
  ].join("\n");
}

const SAY_OK = "printf 'ok %s\\n' \"$stat\" >&3\nexec 2>&5 3>&- 5>&-";

/** A file to mount a file on; a symbolic link that leads nowhere is replaced. */
function touchLine(path: string, tool: (name: "mkdir" | "rm", ...words: string[]) => string): string {
  const file = shellWords([path]);
  const parent = posix.dirname(path);
  return `[ -e ${file} ] || { [ -d ${shellWords([parent])} ] || ${tool("mkdir", "-p", parent)}; [ ! -L ${file} ] || ${tool("rm", path)}; : > ${file}; } || exit 128`;
}

function deviceLine(from: string, to: string, tool: (name: "mkdir" | "cp", ...words: string[]) => string): string {
  const parent = posix.dirname(to);
  return `{ [ -d ${shellWords([parent])} ] || ${tool("mkdir", "-p", parent)}; } && ${tool("cp", "-a", from, to)} || exit 128`;
}

/** The value of PATH among `NAME=value` variables. */
export function searchPath(env: readonly string[]): string {
  return env.find((variable) => variable.startsWith("PATH="))?.slice("PATH=".length) ?? "/usr/bin:/bin";
}
