import { CliError, throwAll } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { list, text } from "../flags.ts";
import { filenameFlags } from "../request/common-flags.ts";
import { createFlags, createMade } from "../request/create-flags.ts";
import { exposedPorts, exposedSelector } from "../request/exposed.ts";
import type { Found } from "../request/objects.ts";
import { readLabelPairs } from "../request/pairs.ts";
import { serviceOfPorts, type WrittenPort } from "../request/service-object.ts";
import { findTargets } from "../request/targets.ts";

const flags = {
  ...createFlags,
  ...filenameFlags,
  port: text("--port <port>", "The port that the service should serve on"),
  targetPort: text("--target-port <port>", "The port of the container, by name or number"),
  protocol: text("--protocol <protocol>", "TCP, UDP or SCTP; the container's when it is not given"),
  type: text("--type <type>", "ClusterIP, NodePort, LoadBalancer or ExternalName"),
  name: text("--name <name>", "The name of the service; the object's when it is not given"),
  selector: text("--selector <pairs>", "The labels of the pods; the object's when it is not given"),
  labels: text("-l, --labels <pairs>", "Labels of the service"),
  clusterIp: text("--cluster-ip <address>", "The address; None makes a headless service"),
  externalIp: list("--external-ip <address>", "An address outside of the cluster that leads to the service"),
  loadBalancerIp: text("--load-balancer-ip <address>", "The address of the load balancer"),
  externalName: text("--external-name <name>", "The name that the service stands for"),
  sessionAffinity: text("--session-affinity <affinity>", "None or ClientIP"),
};

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME) [--port=port] [--target-port=number-or-name] [--name=name] [--type=type]",
  summary: "Take a workload, service or pod and expose it as a new service",
  examples: [
    "typectl expose deployment web --port=80 --target-port=8080",
    "typectl expose pod web-1 --port=444 --name=front --type=NodePort",
  ],
  flags,
  async run({ context, flags, args }) {
    const { found, errors } = await findTargets(context, "expose", args, { ...flags, selector: "", all: false });
    for (const one of found) {
      try {
        await createMade(context, serviceFor(one, flags), flags, "exposed");
      } catch (error) {
        errors.push(error);
      }
    }
    throwAll(errors);
  },
});

type Words = CommandInput<typeof flags>["flags"];

function serviceFor({ info, object }: Found, words: Words) {
  const selector = words.selector ? readLabelPairs(words.selector) : exposedSelector(info, object);
  const labels = words.labels ? readLabelPairs(words.labels) : object.metadata?.labels;
  const ports = portsFor({ info, object }, words);
  if (ports.length === 0 && words.clusterIp !== "None" && !words.externalName)
    throw new CliError("couldn't find port via --port flag or introspection");
  const spec = {
    ...(words.type || words.externalName ? { type: words.type || "ExternalName" } : {}),
    ...(words.clusterIp ? { clusterIP: words.clusterIp } : {}),
    ...(words.externalIp.length > 0 ? { externalIPs: [...words.externalIp] } : {}),
    ...(words.loadBalancerIp ? { loadBalancerIP: words.loadBalancerIp } : {}),
    ...(words.externalName ? { externalName: words.externalName } : {}),
    ...(words.sessionAffinity ? { sessionAffinity: words.sessionAffinity } : {}),
  };
  const name = words.name || (object.metadata?.name ?? "");
  return serviceOfPorts(name, selector, ports, { ...(labels ? { labels } : {}), spec });
}

/** The ports asked for, or those that the object has; several get names of their own. */
function portsFor({ info, object }: Found, { port, protocol, targetPort }: Words): WrittenPort[] {
  const present = exposedPorts(info, object);
  const wanted = port ? port.split(",").map(readNumber) : present.map(({ port: number }) => number);
  return wanted.map((number, index) => ({
    ...(wanted.length > 1 ? { name: `port-${index + 1}` } : {}),
    port: number,
    protocol: protocol || (present.find((one) => one.port === number)?.protocol ?? "TCP"),
    targetPort: /^\d+$/.test(targetPort) ? Number(targetPort) : targetPort || number,
  }));
}

function readNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new CliError(`invalid port ${JSON.stringify(text)}: a number is expected`);
  return Number(text);
}
