import type { Agent, RequestOptions } from "node:https";
import type { Core } from "../core.ts";
import { fetchJson } from "./fetch-json.ts";
import { type FrontProxy, identityHeaders } from "./front-proxy.ts";
import type { Remote } from "./remote.ts";
import { describedIn } from "./remote-description.ts";
import { remoteResources } from "./remote-resources.ts";
import { reachService } from "./service-target.ts";

/** What a look at a server found, as its condition says it. */
export interface Availability {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

const attemptMs = 5_000;
const attempts = 2;
const asker = identityHeaders({ user: "system:kube-aggregator", groups: ["system:masters"] });

export interface Surroundings {
  readonly core: Pick<Core, "cache" | "resource" | "random">;
  readonly frontProxy: FrontProxy;
  readonly agent: Agent;
}

/** Asks a server whether it serves what it should; keeps in `remote` what it says of that. */
export async function lookAt(remote: Remote, around: Surroundings, signal: AbortSignal): Promise<Availability> {
  const reach = reachService(around.core, remote.service);
  if ("fault" in reach) return { status: "False", ...reach.fault };
  const pair = await around.frontProxy.certificate();
  const path = `/apis/${remote.group}/${remote.version}`;
  const start = Math.floor(around.core.random() * reach.targets.length);
  let fault = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    const target = reach.targets[(start + attempt) % reach.targets.length]!;
    const connection = { ...remote.connection(target, pair, around.agent), headers: asker };
    try {
      const { value: list } = await fetchJson({ ...connection, path }, attemptMs, signal);
      remote.resources = remoteResources(list, remote.group, remote.version) ?? remote.resources;
      await Promise.all([readIndex(remote, connection, signal), readDescription(remote, connection, signal)]);
      return { status: "True", reason: "Passed", message: "all checks passed" };
    } catch (error) {
      const url = `https://${target.host}:${target.port}${path}`;
      fault = `failing or missing response from ${url}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return { status: "False", reason: "FailedDiscoveryCheck", message: fault };
}

/** Not every server describes what it serves. */
async function readIndex(remote: Remote, connection: RequestOptions, signal: AbortSignal): Promise<void> {
  const answer = await fetchJson({ ...connection, path: "/openapi/v3" }, attemptMs, signal).catch(() => undefined);
  const index = answer?.value;
  const place = `apis/${remote.group}/${remote.version}`;
  const { paths } = (typeof index === "object" ? (index ?? {}) : {}) as { paths?: Record<string, unknown> };
  const { serverRelativeURL: url } = (paths?.[place] ?? {}) as { serverRelativeURL?: unknown };
  const hash = typeof url === "string" ? (new URL(url, "https://server").searchParams.get("hash") ?? "") : undefined;
  remote.openApiHash = hash;
}

/** As it was before when it is still the same, or cannot be read now. */
async function readDescription(remote: Remote, connection: RequestOptions, signal: AbortSignal): Promise<void> {
  const { group, version, descriptionTag } = remote;
  const headers = { ...asker, accept: "application/json", ...(descriptionTag && { "if-none-match": descriptionTag }) };
  try {
    const answer = await fetchJson({ ...connection, headers, path: "/openapi/v2" }, attemptMs, signal);
    if (answer.isSame) return;
    remote.description = describedIn(answer.value, group, version);
    remote.descriptionTag = answer.tag;
  } catch {
    // What it serves is served, described or not.
  }
}
