import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import type {
  Extender as ExtenderSettings,
  ExtenderTLSConfig,
} from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { NodeEntry } from "../snapshot/snapshot.ts";
import type { Extender, NodeVictims } from "./extender.ts";
import { extenderTimeoutMs, extenderTraits } from "./extender-traits.ts";
import { postJson } from "./post-json.ts";

type Fields = Readonly<Record<string, unknown>>;

/** An extender that is asked over HTTP in JSON, as Kubernetes asks its own. @throws DurationError, TypeError, and when files are missing */
export function createHttpExtender(settings: ExtenderSettings): Extender {
  const { nodeCacheCapable = false } = settings;
  const base = baseUrl(settings);
  const timeoutMs = extenderTimeoutMs(settings);
  const tls = tlsOptions(settings.tlsConfig);
  const ask = (verb: string | undefined, question: Fields) =>
    postJson(new URL(`${base}/${verb}`), question, timeoutMs, tls);
  const about = (nodes: readonly NodeEntry[]) =>
    nodeCacheCapable
      ? { Nodes: null, NodeNames: nodes.map(({ name }) => name) }
      : { Nodes: { metadata: {}, items: nodes.map(({ node }) => node) }, NodeNames: null };
  return {
    ...extenderTraits(settings),
    async filter({ pod }, nodes) {
      const answer = fieldsOf(await ask(settings.filterVerb, { Pod: pod, ...about(nodes) }));
      const error = textOf(answer["error"]);
      if (error) throw new StatusError("InternalError", error);
      const items = listOf(fieldsOf(answer["nodes"])["items"]).map((item) =>
        textOf(fieldsOf(fieldsOf(item)["metadata"])["name"]),
      );
      const names = answer["nodenames"] ? listOf(answer["nodenames"]).map(textOf) : items;
      return {
        nodeNames: names,
        failed: textsOf(answer["failednodes"]),
        unresolvable: textsOf(answer["failedandunresolvablenodes"]),
      };
    },
    async prioritize({ pod }, nodes) {
      const answer = await ask(settings.prioritizeVerb, { Pod: pod, ...about(nodes) });
      return listOf(answer).map((each) => {
        const { host, score } = fieldsOf(each);
        return { host: textOf(host), score: Number(score ?? 0) };
      });
    },
    async preempt({ pod }, victims) {
      const toVictims = nodeCacheCapable ? "NodeNameToMetaVictims" : "NodeNameToVictims";
      const leaving = Object.fromEntries([...victims].map(([node, its]) => [node, leavingOf(its, nodeCacheCapable)]));
      const answer = fieldsOf(await ask(settings.preemptVerb, { Pod: pod, [toVictims]: leaving }));
      return new Map(
        Object.entries(objectOf(answer["nodenametometavictims"])).map(([node, its]) => {
          const { pods, numpdbviolations } = fieldsOf(its);
          const uids = listOf(pods).map((each) => textOf(fieldsOf(each)["uid"]));
          return [node, { uids, violations: Number(numpdbviolations ?? 0) }];
        }),
      );
    },
    async bind({ pod, uid }, node) {
      const { name, namespace } = pod.metadata ?? {};
      const question = { PodName: name, PodNamespace: namespace, PodUID: uid, Node: node };
      return textOf(fieldsOf(await ask(settings.bindVerb, question))["error"]) || undefined;
    },
    close: async () => {},
  };
}

function leavingOf({ pods, violations }: NodeVictims, idsAlone: boolean): Fields {
  return { Pods: pods.map(({ pod, uid }) => (idsAlone ? { UID: uid } : pod)), NumPDBViolations: violations };
}

function baseUrl({ urlPrefix = "", enableHTTPS = false }: ExtenderSettings): string {
  const base = urlPrefix.replace(/\/+$/, "");
  return enableHTTPS ? base.replace(/^http:/, "https:") : base;
}

function tlsOptions(config: ExtenderTLSConfig = {}): RequestOptions {
  const read = (file: string | undefined, data: string | undefined) => {
    if (data) return Buffer.from(data, "base64");
    return file ? readFileSync(file) : undefined;
  };
  const ca = read(config.caFile, config.caData);
  const cert = read(config.certFile, config.certData);
  const key = read(config.keyFile, config.keyData);
  return {
    ...(config.insecure && { rejectUnauthorized: false }),
    ...(config.serverName && { servername: config.serverName }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
}

function objectOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** The members of an object by their names in small letters: extenders write them as they like. */
function fieldsOf(value: unknown): Fields {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([name, member]) => [name.toLowerCase(), member]));
}

function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([name, text]) => [name, textOf(text)]));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
