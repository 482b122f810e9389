import { StatusError } from "../../../lib/base/status-error.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { RequestAttributes } from "../request-attributes.ts";
import { authorise, type Guardian } from "./authorise.ts";

/** Headers by name in lower case; those that came several times as a list, or joined by commas. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const extraHeader = "impersonate-extra-";
const accountPrefix = "system:serviceaccount:";
const authentication = "authentication.k8s.io";

/**
 * As whom a request is to be done: as the headers `Impersonate-…` say, where its sender may act for those; else as its sender.
 * @throws StatusError `Forbidden`, `BadRequest`.
 */
export async function impersonate(core: Guardian, identity: Identity, headers: RequestHeaders): Promise<Identity> {
  const [user] = valuesOf(headers, "impersonate-user", false);
  const groups = valuesOf(headers, "impersonate-group", true);
  const [uid] = valuesOf(headers, "impersonate-uid", false);
  const extra = extraOf(headers);
  if (!user) {
    if (groups.length === 0 && uid === undefined && extra.size === 0) return identity;
    throw new StatusError("BadRequest", "groups, uid and extra are impersonated without a user");
  }
  await authorise(core, identity, userAttributes(user));
  for (const group of groups) await authorise(core, identity, attributes("", "groups", group));
  for (const [key, values] of extra) {
    for (const value of values) {
      await authorise(core, identity, { ...attributes(authentication, "userextras", value), subresource: key });
    }
  }
  if (uid) await authorise(core, identity, attributes(authentication, "uids", uid));
  return {
    user,
    groups: groupsOf(user, groups),
    ...(uid && { uid }),
    ...(extra.size > 0 && { extra: Object.fromEntries(extra) }),
  };
}

function attributes(group: string, resource: string, name: string): RequestAttributes {
  return { verb: "impersonate", group, version: group ? "v1" : "", resource, name };
}

function userAttributes(user: string): RequestAttributes {
  const account = accountOf(user);
  if (!account) return attributes("", "users", user);
  return { ...attributes("", "serviceaccounts", account.name), namespace: account.namespace };
}

function accountOf(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(accountPrefix)) return undefined;
  const [namespace, name, ...rest] = user.slice(accountPrefix.length).split(":");
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined;
}

function groupsOf(user: string, asked: readonly string[]): string[] {
  const account = asked.length === 0 ? accountOf(user) : undefined;
  const groups = account ? ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`] : [...asked];
  const implied = user === "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  if (groups.includes("system:authenticated") || groups.includes("system:unauthenticated")) return groups;
  return [...groups, implied];
}

function extraOf(headers: RequestHeaders): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(extraHeader)) continue;
    found.set(unescaped(name.slice(extraHeader.length)).toLowerCase(), valuesOf(headers, name, true));
  }
  return found;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function valuesOf(headers: RequestHeaders, name: string, many: boolean): string[] {
  const value = headers[name];
  if (value === undefined) return [];
  if (typeof value !== "string") return [...value];
  return many ? value.split(/\s*,\s*/) : [value];
}
