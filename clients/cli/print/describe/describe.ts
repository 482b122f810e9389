import type { ApiObject, ResourceInfo } from "../../../../lib/api/resource-info.ts";
import type { Context } from "../../context.ts";
import { DescriptionText } from "./description-text.ts";
import { describeEvents, eventsAbout } from "./events.ts";

/** Describes one kind of object: adds lines; what it has to look up, it asks of the server. */
export type Describer = (text: DescriptionText, object: ApiObject, context: Context) => Promise<void>;

/** Kinds that are described in their own way, by plural and group. */
const describers: Readonly<Record<string, () => Promise<Describer>>> = {
  pods: async () => (await import("./pod.ts")).describePod,
  nodes: async () => (await import("./node.ts")).describeNode,
  "deployments.apps": async () => (await import("./deployment.ts")).describeDeployment,
  "replicasets.apps": async () => (await import("./replica-set.ts")).describeReplicaSet,
  services: async () => (await import("./service.ts")).describeService,
  namespaces: async () => (await import("./namespace.ts")).describeNamespace,
  configmaps: async () => (await import("./config-map.ts")).describeConfigMap,
  secrets: async () => (await import("./secret.ts")).describeSecret,
  serviceaccounts: async () => (await import("./service-account.ts")).describeServiceAccount,
};

/** Kinds about which there are no events. */
const withoutEvents = new Set(["secrets", "events"]);

/** The description of an object, with what happened to it. */
export async function describe(
  context: Context,
  info: ResourceInfo,
  object: ApiObject,
  showEvents: boolean,
): Promise<string> {
  const load = describers[info.qualifiedName] ?? (async () => (await import("./generic.ts")).describeGeneric);
  const text = new DescriptionText();
  await (await load())(text, object, context);
  if (showEvents && !withoutEvents.has(info.plural))
    describeEvents(text, await eventsAbout(context, info, object), context.io.clock.now());
  return text.toString();
}
