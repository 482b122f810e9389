import type { Dice } from "./dice.ts";
import { type OddBody, oddBody } from "./odd-body.ts";
import { names, word } from "./odd-text.ts";

/** A kind that the server serves. */
export interface FuzzedKind {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  subresources: string[];
}

/** A request that no well-behaved client would think of, mostly. */
export interface OddRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

const methods = ["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD"] as const;
const otherMethods = ["OPTIONS", "TRACE", "PROPFIND", "M-SEARCH"] as const;
const namespaces = ["fuzz-a", "fuzz-b", "default", "none"] as const;
const places = [
  "/",
  "/api",
  "/apis",
  "/api/",
  "/apis/apps",
  "/version",
  "/healthz",
  "/livez?verbose",
  "/readyz/etcd",
  "/metrics",
  "/openapi/v3",
  "/api/v1/",
  "//",
  "/api/v1/watch/pods",
  "/logs",
  "/%",
  "/api/v1/%ff",
  "/apis/%2e%2e/x",
  "/.well-known/openid-configuration",
] as const;

const accepted = [
  "application/json",
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=__proto__;v=v1;g=meta.k8s.io",
  "application/vnd.kubernetes.protobuf",
  "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io",
  "application/yaml",
  "application/json;stream=watch",
  "*/*;q=0",
  "text/html",
  ",;=,",
  "",
] as const;

const queries: Readonly<Record<string, readonly [string, ...string[]]>> = {
  labelSelector: ["app=fuzz", "a in (b", "!a", "a=b,c!=d", "=", "a>1", ",,,"],
  fieldSelector: ["metadata.name=fuzz-a", "spec.nodeName=", "a=b", "=", "metadata.name!=a,metadata.namespace=b", "\\"],
  limit: ["1", "0", "-1", "99999999999999999999", "abc"],
  continue: ["e30", "eyJydiI6MX0", "%%%", "{}", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiLi4vLi4ifQ"],
  resourceVersion: ["0", "1", "-1", "99999999999999999999", "abc", ""],
  resourceVersionMatch: ["Exact", "NotOlderThan", "none"],
  watch: ["1", "true", "yes"],
  timeoutSeconds: ["0", "1", "-1", "99999999999"],
  allowWatchBookmarks: ["true"],
  sendInitialEvents: ["true", "false", "x"],
  dryRun: ["All", "None", "all"],
  fieldManager: ["fuzz", "x".repeat(200), "\n"],
  fieldValidation: ["Strict", "Warn", "Ignore", "none"],
  force: ["true", "false"],
  gracePeriodSeconds: ["0", "-1", "1e9", "99999999999999"],
  propagationPolicy: ["Foreground", "Background", "Orphan", "none"],
  orphanDependents: ["true"],
  pretty: ["true"],
  container: ["main", "none"],
  tailLines: ["-1", "1"],
  command: ["true"],
  path: ["/../.."],
  __proto__x: ["1"],
};

function query(dice: Dice): string {
  const keys = Object.keys(queries);
  const parts = Array.from({ length: Math.max(0, dice.below(6) - 2) }, () => {
    const key = keys[dice.below(keys.length)] ?? "watch";
    const value = dice.chance(0.15) ? word(dice) : dice.pick(queries[key] ?? [""]);
    return `${key.replace("__x", "__")}=${dice.chance(0.95) ? escaped(value) : "%ff%"}`;
  });
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Half characters become whole ones: nothing else can be escaped. */
function escaped(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

/** A part of a path; what a client may not send at all is escaped. */
function segment(dice: Dice): string {
  if (dice.chance(0.6)) return dice.pick(names);
  return dice.chance(0.9) ? escaped(word(dice)) : dice.pick(["%00", "%ff", "%2e%2e", "%2F", "\xff", "%zz"]);
}

function pathOf(dice: Dice, kind: FuzzedKind, isCreation: boolean): string {
  const base = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const namespace = kind.namespaced && !dice.chance(0.05) ? `/namespaces/${dice.pick(namespaces)}` : "";
  const collection = `${base}${dice.chance(0.03) ? "/watch" : ""}${namespace}/${kind.plural}`;
  if (isCreation ? dice.chance(0.9) : dice.chance(0.25)) return collection;
  const [first, ...rest] = kind.subresources;
  const subresource = first !== undefined && dice.chance(0.2) ? `/${dice.pick([first, ...rest])}` : "";
  return `${collection}/${segment(dice)}${subresource}${dice.chance(0.02) ? `/${segment(dice)}` : ""}`;
}

function headers(dice: Dice): Record<string, string> {
  const found: Record<string, string> = { accept: dice.chance(0.7) ? "application/json" : dice.pick(accepted) };
  if (dice.chance(0.1)) found["accept-encoding"] = dice.pick(["gzip", "gzip;q=0", "br, *", ""]);
  if (dice.chance(0.02))
    found["impersonate-user"] = dice.pick(["fuzz", "system:anonymous", "__proto__", "system:serviceaccount:a:b"]);
  if (dice.chance(0.01)) found["impersonate-uid"] = "1";
  if (dice.chance(0.02)) found["authorization"] = dice.pick(["Bearer x", "Bearer a.b.c", "Basic eA==", "Bearer "]);
  if (dice.chance(0.01)) found["upgrade"] = dice.pick(["websocket", "SPDY/3.1", "none"]);
  if (found["upgrade"] !== undefined) found["connection"] = "Upgrade";
  if (dice.chance(0.01)) found["x-fuzz"] = "y".repeat(dice.pick([10, 1000, 15_000, 70_000]));
  if (dice.chance(0.01)) found["if-none-match"] = '"x"';
  return found;
}

/** What makes every later write fail in the way that it says, if it is taken. */
const contagious = new Set([
  "mutatingwebhookconfigurations",
  "validatingwebhookconfigurations",
  "mutatingadmissionpolicybindings",
  "validatingadmissionpolicybindings",
  "apiservices",
  "flowschemas",
  "prioritylevelconfigurations",
]);

export function oddRequest(dice: Dice, kinds: readonly [FuzzedKind, ...FuzzedKind[]]): OddRequest {
  const method = dice.chance(0.03) ? dice.pick(otherMethods) : dice.pick(methods);
  if (dice.chance(0.03)) return { method, path: dice.pick(places), headers: headers(dice), body: undefined };
  const kind = dice.pick(kinds);
  const writes = method === "POST" || method === "PUT" || method === "PATCH";
  const path = pathOf(dice, kind, method === "POST") + query(dice);
  if ((!writes && method !== "DELETE") || (writes && contagious.has(kind.plural)))
    return { method: writes ? "GET" : method, path, headers: headers(dice), body: undefined };
  const sent: OddBody | undefined = writes || dice.chance(0.2) ? oddBody(dice, kind, method === "PATCH") : undefined;
  return { method, path, headers: { ...headers(dice), ...sent?.headers }, body: sent?.bytes };
}
