import { createHash } from "node:crypto";
import { compareVersions } from "../../../lib/api/resource-info.ts";
import type { ForeignGroups, ForeignVersion } from "../aggregation/foreign-groups.ts";
import { customPriority } from "../aggregation/group-priorities.ts";
import type { ServedResource, ServedResources } from "../served-resources.ts";
import { aggregatedGroups } from "./aggregated-discovery.ts";
import { type DiscoveryAnswer, versionResources } from "./api-resources.ts";
import { sendBody } from "./compression.ts";
import { encodeAnswer } from "./encode-answer.ts";
import type { Exchange } from "./exchange.ts";
import { acceptedType, json, type MediaType } from "./media-types.ts";

/** Which versions a group has, the preferred first. */
export interface GroupVersions {
  readonly group: string;
  readonly versions: readonly string[];
}

/** Lists and answers are made once for a state of what is served. */
interface Snapshot {
  readonly groups: readonly GroupVersions[];
  readonly aggregated: Map<string, { body: string; etag: string }>;
}

const firstGroups = [
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

/** Says what is served: `/api`, `/apis` and what is below them, in one piece or group by group. */
export class Discovery {
  readonly #served: ServedResources;
  readonly #foreign: ForeignGroups;
  #snapshot: Snapshot | undefined;

  constructor(served: ServedResources, foreign: ForeignGroups) {
    this.#served = served;
    this.#foreign = foreign;
    const forget = () => {
      this.#snapshot = undefined;
    };
    served.onChange(forget);
    foreign.onChange(forget);
  }

  /** Answers a path of discovery; false when it is none, or names what is not served. */
  answer(exchange: Exchange, serverAddress: string): boolean {
    const [, root, first, second, ...more] = exchange.path.replace(/\/$/, "").split("/");
    if (more.length > 0) return false;
    if (root === "api" && second === undefined) {
      if (first === undefined) return this.#answerRoot(exchange, "api", () => this.#versions(serverAddress));
      return this.#answerVersion(exchange, "", first);
    }
    if (root !== "apis") return false;
    if (first === undefined) return this.#answerRoot(exchange, "apis", () => this.#groupList());
    return second === undefined ? this.#answerGroup(exchange, first) : this.#answerVersion(exchange, first, second);
  }

  /** Whether anything of a group and version is served. */
  knows(group: string, version: string): boolean {
    return this.#state.groups.some((each) => each.group === group && each.versions.includes(version));
  }

  /** Paths of all groups and versions. */
  paths(): string[] {
    const groups = this.#state.groups.filter(({ group }) => group !== "");
    return groups.flatMap(({ group, versions }) => [
      `/apis/${group}`,
      ...versions.map((version) => `/apis/${group}/${version}`),
    ]);
  }

  get #state(): Snapshot {
    this.#snapshot ??= { groups: groupsOf(this.#served.all(), this.#foreign.all()), aggregated: new Map() };
    return this.#snapshot;
  }

  #answerRoot(exchange: Exchange, root: "api" | "apis", plain: () => DiscoveryAnswer): boolean {
    const type = acceptedType(exchange.headers.accept, isDiscoveryType);
    if (type.as === undefined) return send(exchange, type.encoding, plain());
    const version = type.version ?? "v2";
    const answer = this.#aggregated(root, version);
    const contentType = `${json};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    const headers = { ETag: `"${answer.etag}"`, Vary: "Accept", "Cache-Control": "public" };
    if (exchange.headers["if-none-match"] === headers.ETag) exchange.send(304, contentType, "", headers);
    else sendBody(exchange, 200, contentType, answer.body, headers);
    return true;
  }

  #aggregated(root: "api" | "apis", version: string): { body: string; etag: string } {
    const { aggregated, groups } = this.#state;
    const key = `${root} ${version}`;
    let answer = aggregated.get(key);
    if (!answer) {
      const wanted = groups.filter(({ group }) => (group === "") === (root === "api"));
      const body = `${JSON.stringify(aggregatedGroups(wanted, this.#served.all(), this.#foreign.all(), version))}\n`;
      answer = { body, etag: createHash("sha512").update(body).digest("hex").toUpperCase() };
      aggregated.set(key, answer);
    }
    return answer;
  }

  #versions(serverAddress: string): DiscoveryAnswer {
    const addresses = [{ clientCIDR: "0.0.0.0/0", serverAddress }];
    return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: addresses };
  }

  #groupList(): DiscoveryAnswer {
    const groups = this.#state.groups.filter(({ group }) => group !== "").map(groupEntry);
    return { kind: "APIGroupList", apiVersion: "v1", groups };
  }

  #answerGroup(exchange: Exchange, group: string): boolean {
    const found = this.#state.groups.find((each) => each.group === group && group !== "");
    if (!found) return false;
    return send(exchange, plainType(exchange), { kind: "APIGroup", apiVersion: "v1", ...groupEntry(found) });
  }

  #answerVersion(exchange: Exchange, group: string, version: string): boolean {
    if (!this.knows(group, version)) return false;
    return send(exchange, plainType(exchange), versionResources(this.#served.all(), group, version));
  }
}

function groupEntry({ group, versions }: GroupVersions): object {
  const named = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: named, preferredVersion: named[0] };
}

/** Those of other servers stand among those of definitions, by their priority. */
function groupsOf(served: readonly ServedResource[], foreign: readonly ForeignVersion[]): GroupVersions[] {
  const found = new Map<string, Map<string, number>>();
  const add = (group: string, version: string, priority: number) => {
    const versions = found.get(group);
    if (versions) versions.set(version, priority);
    else found.set(group, new Map([[version, priority]]));
  };
  for (const { schema } of served) add(schema.group, schema.version, customPriority.versionPriority);
  for (const { group, version, versionPriority } of foreign) add(group, version, versionPriority);
  const priorities = new Map(foreign.map(({ group, groupPriorityMinimum }) => [group, groupPriorityMinimum]));
  const priorityOf = (group: string) => priorities.get(group) ?? customPriority.groupPriorityMinimum;
  return [...found]
    .map(([group, versions]) => ({ group, versions: inOrder(versions) }))
    .sort(
      (left, right) =>
        rankOf(left.group) - rankOf(right.group) ||
        priorityOf(right.group) - priorityOf(left.group) ||
        (left.group < right.group ? -1 : 1),
    );
}

function inOrder(versions: ReadonlyMap<string, number>): string[] {
  return [...versions]
    .sort(([left, one], [right, other]) => other - one || compareVersions(left, right))
    .map(([version]) => version);
}

function rankOf(group: string): number {
  const rank = firstGroups.indexOf(group);
  return rank < 0 ? firstGroups.length : rank;
}

function plainType(exchange: Exchange): MediaType["encoding"] {
  return acceptedType(exchange.headers.accept, ({ as }) => as === undefined).encoding;
}

function isDiscoveryType({ encoding, as, group, version }: MediaType): boolean {
  if (as === undefined) return true;
  const isKnownVersion = version === "v2" || version === "v2beta1";
  return encoding === json && as === "APIGroupDiscoveryList" && group === "apidiscovery.k8s.io" && isKnownVersion;
}

function send(exchange: Exchange, encoding: MediaType["encoding"], answer: DiscoveryAnswer): boolean {
  const type = { message: `meta.v1.${answer.kind}`, apiVersion: "v1", kind: answer.kind };
  sendBody(exchange, 200, encoding, encodeAnswer(exchange, answer, encoding, type));
  return true;
}
