import type { FieldErrors } from "../field-errors.ts";
import { utf8Length } from "../utf8-length.ts";

/** Longest name of a manager, in bytes. */
const managerBytesMax = 128;

const unprintable = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** The name under which a client that names no manager sets fields: what stands before the first `/` of its User-Agent. */
export function managerOfUserAgent(userAgent: string): string {
  return shortened(userAgent.split("/", 1)[0] ?? "");
}

/** The name under which a client without a User-Agent sets fields: its component's, or its own. */
export function managerOfUser(user: string): string {
  if (user.startsWith("system:node:")) return "kubelet";
  if (user === "system:apiserver") return "kube-apiserver";
  if (user === "system:anonymous") return "unknown";
  const name = user.startsWith("system:") ? user.slice(user.lastIndexOf(":") + 1) : user;
  return shortened(name) || "unknown";
}

/** As nearly all names are. */
const plainName = /^[\x20-\x7e]*$/;

function shortened(name: string): string {
  if (name.length <= managerBytesMax && plainName.test(name)) return name;
  let text = "";
  let bytes = 0;
  for (const character of name) {
    if (unprintable.test(character)) continue;
    bytes += utf8Length(character);
    if (bytes > managerBytesMax) break;
    text += character;
  }
  return text;
}

/** Checks the manager that a request names. */
export function validateManager(manager: string, path: string, errors: FieldErrors): void {
  if (utf8Length(manager) > managerBytesMax) errors.tooLong(path, managerBytesMax);
  for (const character of manager)
    if (unprintable.test(character)) errors.invalid(path, manager, "should only contain printable characters");
}
