import type { Dice } from "./dice.ts";
import { type OddBody, oddBody } from "./odd-body.ts";
import { customKinds, definitionNames } from "./odd-definition.ts";
import { names, word } from "./odd-text.ts";

/** A kind that the server serves. */
export interface FuzzedKind {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  subresources: string[];
  /** Its definition comes and goes. */
  isCustom?: boolean;
  /** An object of it in Kubernetes' protobuf. */
  sample?: Buffer | undefined;
}

/** A request that no well-behaved client would think of, mostly. */
export interface OddRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
  /** The client goes in the middle of it. */
  breaksOff?: boolean;
}

const methods = ["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD"] as const;
const otherMethods = ["OPTIONS", "TRACE", "PROPFIND", "M-SEARCH"] as const;
const namespaces = ["fuzz-a", "fuzz-a", "fuzz-a", "fuzz-b", "fuzz-b", "default", "default", "none"] as const;
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
  "/openapi/v2",
  "/openapi/v3/apis/apps/v1",
  "/openapi/v3/apis/fuzz.example.com/v1",
  "/api/v1/namespaces/../../apis",
  "/api/v1/namespaces/%2e%2e/pods",
  "/api/v1/namespaces/default/pods/..%2f..%2fsecrets",
  "/api/v1/pods%00",
  "/apis/__proto__/v1/constructor",
  "/../../../etc/passwd",
  "/api/v1/namespaces/default/services/fuzz-a:80:/proxy/x",
  "/api/v1/namespaces/default/pods/https:fuzz-a:http/proxy",
  "http://[::1/x",
  "*",
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
  if (dice.chance(0.005)) return hugeQuery(dice);
  const keys = Object.keys(queries);
  const parts = Array.from({ length: Math.max(0, dice.below(6) - 2) }, () => {
    const key = keys[dice.below(keys.length)] ?? "watch";
    const value = dice.chance(0.15) ? word(dice) : dice.pick(queries[key] ?? [""]);
    return `${key.replace("__x", "__")}=${dice.chance(0.95) ? escaped(value) : "%ff%"}`;
  });
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Thousands of parameters, or one that is as long as all of them; some are longer than any head may be. */
function hugeQuery(dice: Dice): string {
  const count = dice.pick([500, 2000, 20_000]);
  switch (dice.below(4)) {
    case 0:
      return `?${"a=1&".repeat(count)}`;
    case 1:
      return `?labelSelector=${"a,".repeat(count)}b`;
    case 2:
      return `?fieldSelector=${"metadata.name=a,".repeat(count / 10)}metadata.name=b`;
    default:
      return `?labelSelector=a+in+(${"(".repeat(count)})`;
  }
}

/** Half characters become whole ones: nothing else can be escaped. */
function escaped(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

/** A part of a path; what a client may not send at all is escaped. */
function segment(dice: Dice, { plural }: FuzzedKind): string {
  if (plural === "customresourcedefinitions" && dice.chance(0.8)) return dice.pick(definitionNames);
  if (dice.chance(0.6)) return dice.pick(names);
  return dice.chance(0.9) ? escaped(word(dice)) : dice.pick(["%00", "%ff", "%2e%2e", "%2F", "\xff", "%zz"]);
}

function placeOf(dice: Dice, kind: FuzzedKind, method: string): { path: string; subresource: string } {
  const base = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const namespace = kind.namespaced && !dice.chance(0.05) ? `/namespaces/${dice.pick(namespaces)}` : "";
  const collection = `${base}${dice.chance(0.03) ? "/watch" : ""}${namespace}/${kind.plural}`;
  if (dice.chance(method === "POST" ? 0.9 : method === "GET" ? 0.25 : 0.1))
    return { path: collection, subresource: "" };
  const [first, ...rest] = kind.subresources;
  const subresource = first !== undefined && dice.chance(0.2) ? dice.pick([first, ...rest]) : "";
  const tail = dice.chance(0.02) ? `/${segment(dice, kind)}` : "";
  const object = `${collection}/${segment(dice, kind)}`;
  return { path: `${object}${subresource && `/${subresource}`}${tail}`, subresource };
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
  if (dice.chance(0.003)) for (let left = 300; left > 0; left--) found[`x-fuzz-${left}`] = "y";
  if (dice.chance(0.01)) found["if-none-match"] = '"x"';
  return found;
}

/** What makes every later request fail in the way that it says, if it is taken: it is only tried. */
const contagious = new Set([
  "mutatingwebhookconfigurations",
  "validatingwebhookconfigurations",
  "mutatingadmissionpolicybindings",
  "validatingadmissionpolicybindings",
  "apiservices",
  "flowschemas",
  "prioritylevelconfigurations",
]);

/** What others cannot be made without: nobody finishes the deletion of namespaces, and nobody makes accounts anew. */
const needed = new Set(["namespaces", "serviceaccounts"]);

function isOnlyTried({ plural }: FuzzedKind, method: string): boolean {
  return contagious.has(plural) || (method === "DELETE" && needed.has(plural));
}

/** One request of a run over these kinds, and over the custom ones. */
export function oddRequest(dice: Dice, kinds: readonly [FuzzedKind, ...FuzzedKind[]]): OddRequest {
  const method = dice.chance(0.03) ? dice.pick(otherMethods) : dice.pick(methods);
  if (dice.chance(0.03)) return { method, path: dice.pick(places), headers: headers(dice), body: undefined };
  const kind = dice.chance(0.1) ? dice.pick(customKinds) : dice.pick(kinds);
  const { path, subresource } = placeOf(dice, kind, method);
  const asked = query(dice);
  const url = path + (isOnlyTried(kind, method) ? `?dryRun=All${asked.replace("?", "&")}` : asked);
  const writes = method === "POST" || method === "PUT" || method === "PATCH";
  const hasBody = writes || (method === "DELETE" && dice.chance(0.2));
  const sent: OddBody | undefined = hasBody ? oddBody(dice, kind, method === "PATCH", subresource) : undefined;
  const breaksOff = dice.chance(0.02);
  return { method, path: url, headers: { ...headers(dice), ...sent?.headers }, body: sent?.bytes, breaksOff };
}
