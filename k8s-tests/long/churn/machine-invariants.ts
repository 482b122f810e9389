import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readProc } from "../../support/traces.ts";
import { type ClusterState, isFinished, isReady, nameOf } from "./cluster-state.ts";

/** A cluster's place on the machine. */
export interface Place {
  dataDir: string;
  /** What all its names in the kernel begin with. */
  kernelPrefix: string;
}

/** By this variable of its environment the process of a pod is known; its value is the pod's uid. */
export const uidVariable = "CHURN_POD_UID";

/** What of the machine does not fit to a cluster that has come to rest, a line each. */
export function brokenOnMachine(place: Place, state: ClusterState): string[] {
  return [
    ...processes(state),
    ...directories(place, state),
    ...mounts(place, state),
    ...settings(place, state),
    ...state.nodes.flatMap((node) => [...links(place, node, state), ...rules(place, node, state)]),
  ];
}

function processes({ pods }: ClusterState): string[] {
  const running = new Map<string, number>();
  for (const uid of readdirSync("/proc").flatMap(podOfProcess)) running.set(uid, (running.get(uid) ?? 0) + 1);
  const without = pods.filter((pod) => !isFinished(pod) && running.get(uidOf(pod)) !== 1);
  const living = new Set(pods.filter((pod) => !isFinished(pod)).map(uidOf));
  return [
    ...without.map((pod) => `Pod ${nameOf(pod)} has ${running.get(uidOf(pod)) ?? 0} processes`),
    ...[...running.keys()].filter((uid) => !living.has(uid)).map((uid) => `a process runs for ${uid}, which has gone`),
  ];
}

function podOfProcess(pid: string): string[] {
  if (!/^\d+$/.test(pid) || !readProc(pid, "cmdline").startsWith("sleep\0")) return [];
  const variable = readProc(pid, "environ")
    .split("\0")
    .find((entry) => entry.startsWith(`${uidVariable}=`));
  return variable ? [variable.slice(uidVariable.length + 1)] : [];
}

/** The process of a pod's container; undefined when none runs. */
export function processOf(podUid: string): number | undefined {
  const pid = readdirSync("/proc").find((entry) => podOfProcess(entry).includes(podUid));
  return pid === undefined ? undefined : Number(pid);
}

function directories({ dataDir }: Place, { nodes, pods }: ClusterState): string[] {
  return nodes.map(nameOf).flatMap((node) => {
    const here = new Set(pods.filter(({ spec }) => spec?.nodeName === node).map(uidOf));
    const found = entries(join(dataDir, "nodes", node, "pods"));
    return found.filter((uid) => !here.has(uid)).map((uid) => `${node} has a directory of ${uid}, which has gone`);
  });
}

/** What pods have mounted is what it is now, and they are who their tokens say. */
function settings({ dataDir }: Place, { pods, configMaps, secrets }: ClusterState): string[] {
  return pods.filter(isReady).flatMap((pod) => {
    const { namespace } = pod.metadata ?? {};
    const volume = pod.spec?.volumes?.find(({ name }) => name === "settings");
    if (!volume) return [];
    const [kind, isProjected] = volume.projected ? ["projected", true] : ["configmap", false];
    const directory = join(dataDir, "nodes", pod.spec?.nodeName ?? "", "pods", uidOf(pod), "volumes", kind, "settings");
    const own = (name: string) => (object: Parameters<typeof nameOf>[0]) => nameOf(object) === `${namespace}/${name}`;
    const secret = secrets.find(own("secrets"))?.data?.["secret"];
    const wanted: [file: string, content: string | undefined][] = [
      ["value", configMaps.find(own("settings"))?.data?.["value"]],
      ["secret", isProjected && secret ? Buffer.from(secret, "base64").toString() : undefined],
    ];
    const wrong = wanted.filter(([file, content]) => contentOf(join(directory, file)) !== content);
    const token = isProjected ? wrongToken(contentOf(join(directory, "own-token")), pod) : [];
    return [
      ...wrong.map(
        ([file, content]) =>
          `Pod ${nameOf(pod)} has ${contentOf(join(directory, file))} in ${file}, there is ${content}`,
      ),
      ...token.map((what) => `Pod ${nameOf(pod)}: ${what}`),
    ];
  });
}

function wrongToken(token: string | undefined, pod: ClusterState["pods"][number]): string[] {
  if (!token) return ["has no token"];
  const { exp, "kubernetes.io": about } = JSON.parse(
    Buffer.from(token.split(".")[1] ?? "", "base64url").toString() || "{}",
  );
  if (about?.pod?.uid !== uidOf(pod)) return [`its token is that of pod ${about?.pod?.uid}`];
  return exp * 1000 > Date.now() ? [] : [`its token ended at ${exp}`];
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function mounts({ dataDir }: Place, { pods }: ClusterState): string[] {
  const living = new Set(pods.map(uidOf));
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(dataDir))
    .filter((line) => {
      const [, uid] = /\/pods\/([0-9a-f-]{36})\//.exec(line) ?? [];
      return uid !== undefined && !living.has(uid);
    });
}

function links({ kernelPrefix }: Place, node: ClusterState["nodes"][number], { pods }: ClusterState): string[] {
  const name = nameOf(node);
  const found = inNode(kernelPrefix, name, "ip", "-o", "link").match(new RegExp(`${kernelPrefix}v\\w+`, "g")) ?? [];
  const wanted = pods.filter((pod) => pod.spec?.nodeName === name && !pod.spec.hostNetwork && !isFinished(pod));
  const count = new Set(found).size;
  return count === wanted.length ? [] : [`${name} has ${count} devices for ${wanted.length} pods`];
}

function rules(
  { kernelPrefix }: Place,
  node: ClusterState["nodes"][number],
  { services, slices }: ClusterState,
): string[] {
  const name = nameOf(node);
  const addresses = new Map(services.map((service) => [service.spec?.clusterIP ?? "", service]));
  const range = ([...addresses.keys()].find((address) => address !== "None" && address !== "") ?? "")
    .split(".")
    .slice(0, 2);
  const pattern = new RegExp(`\\b${range.join("\\.")}\\.\\d+\\.\\d+\\b(?!/)`, "g");
  const found = new Set(inNode(kernelPrefix, name, "nft", "list", "ruleset").match(pattern));
  const served = services.filter((service) => slices.some((slice) => isServed(slice, service)));
  const missing = served.filter(
    ({ spec }) => spec?.clusterIP && spec.clusterIP !== "None" && !found.has(spec.clusterIP),
  );
  return [
    ...missing.map((service) => `${name} has no rules for Service ${nameOf(service)}`),
    ...[...found]
      .filter((address) => !addresses.has(address))
      .map((address) => `${name} has rules for ${address}, which has gone`),
  ];
}

function isServed(slice: ClusterState["slices"][number], { metadata }: ClusterState["services"][number]): boolean {
  return (
    slice.metadata?.namespace === metadata?.namespace &&
    slice.metadata?.labels?.["kubernetes.io/service-name"] === metadata?.name &&
    (slice.endpoints?.some(({ conditions }) => conditions?.ready) ?? false)
  );
}

function inNode(kernelPrefix: string, node: string, ...command: string[]): string {
  return execFileSync("ip", ["netns", "exec", `${kernelPrefix}-${node}`, ...command], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function uidOf({ metadata }: { metadata?: { uid?: string | undefined } | undefined }): string {
  return metadata?.uid ?? "";
}
