import { join } from "node:path";
import { type ContainerConfig, RuntimeError } from "../runtime.ts";
import { type Credentials, capabilitiesOf } from "./capabilities.ts";
import type { ImageContents } from "./image-store.ts";
import { resolveInRoot } from "./rooted-path.ts";
import { readIfThere } from "./state-file.ts";

/** What a container runs, and as whom; worked out from pod and image when the container is made. */
export interface ProcessSpec {
  argv: string[];
  /** `NAME=value`. */
  env: string[];
  workingDir: string;
  credentials: Credentials;
}

const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @throws RuntimeError `InvalidConfig` when there is nothing to run or the image's user is unknown. */
export function processSpec(config: ContainerConfig, image: ImageContents, hostname: string): ProcessSpec {
  const entrypoint = config.command?.length ? config.command : image.entrypoint;
  const ownArguments = config.command?.length ? [] : image.command;
  const argv = [...entrypoint, ...(config.args?.length ? config.args : ownArguments)];
  if (!argv[0])
    throw new RuntimeError("InvalidConfig", `no command specified: neither pod nor image ${config.image} has one`);
  const account = findAccount(config, image);
  const { runAsGroup, supplementalGroups, onlyNamedGroups, noNewPrivileges } = config.security;
  const env = new Map<string, string>([
    ["PATH", SEARCH_PATH],
    ["HOSTNAME", hostname],
    ...(config.tty ? [["TERM", "xterm"] as const] : []),
    ["HOME", account.home],
    ...image.env.map(splitVariable),
    ...config.env.map(({ name, value }) => [name, value] as const),
  ]);
  return {
    argv,
    env: [...env].map(([name, value]) => `${name}=${value}`),
    workingDir: config.workingDir || image.workingDir || "/",
    credentials: {
      uid: account.uid,
      gid: runAsGroup ?? account.gid,
      groups: [...new Set([...supplementalGroups, ...(onlyNamedGroups ? [] : account.groups)])],
      capabilities: capabilitiesOf(config.security),
      noNewPrivileges,
    },
  };
}

interface Account {
  uid: number;
  gid: number;
  groups: number[];
  home: string;
}

/** The user of pod or image, with group and home from the image's own `/etc/passwd`. */
function findAccount(config: ContainerConfig, image: ImageContents): Account {
  const [imageUser = "", imageGroup = ""] = image.user.split(":");
  const asked = config.security.runAsUser;
  const user = asked === undefined ? imageUser || "0" : String(asked);
  const accounts = table(image, "etc/passwd");
  const found = accounts.find(([name, , uid]) => name === user || uid === user);
  const uid = Number(found?.[2] ?? user);
  if (!Number.isInteger(uid))
    throw new RuntimeError("InvalidConfig", `unable to find user ${user}: no matching entries in passwd file`);
  const groups = table(image, "etc/group");
  const group = asked === undefined ? imageGroup : "";
  const foundGroup = groups.find(([name, , gid]) => name === group || gid === group);
  const gid = Number(group ? (foundGroup?.[2] ?? group) : (found?.[3] ?? 0));
  if (!Number.isInteger(gid))
    throw new RuntimeError("InvalidConfig", `unable to find group ${group}: no matching entries in group file`);
  const member = groups.filter(
    ([, , , members = ""]) => found?.[0] !== undefined && members.split(",").includes(found[0]),
  );
  return { uid, gid, groups: member.map(([, , id]) => Number(id)), home: found?.[5] || "/" };
}

/** The fields of a colon-separated file of the image, from its topmost layer that has it. */
function table(image: ImageContents, file: string): string[][] {
  for (const layer of image.layers) {
    const path = resolveInRoot(join(image.layersDir, layer), file);
    const text = path && readIfThere(path);
    if (text) return text.split("\n").map((line) => line.split(":"));
  }
  return [];
}

function splitVariable(variable: string): readonly [string, string] {
  const at = variable.indexOf("=");
  return at < 0 ? [variable, ""] : [variable.slice(0, at), variable.slice(at + 1)];
}
