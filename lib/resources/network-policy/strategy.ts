import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../../../gen/typernetes/networking/v1/network_policy.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { cidr, parseRange, rangeContains } from "../../api/ip-address.ts";
import { formatLabelSelector } from "../../api/label-selector.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { checkName, checkPort, checkPortNumber } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

const protocols = ["TCP", "UDP", "SCTP"];
const directions = ["Ingress", "Egress"];

/** How policies of the pod network behave. */
export const networkPolicy: Strategy<NetworkPolicy> = {
  schema: schemaOf("networking.k8s.io", "v1", "networkpolicies"),
  defaults({ spec }) {
    for (const rule of [...(spec?.ingress ?? []), ...(spec?.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= "TCP";
    if (spec && !spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? [...directions] : ["Ingress"];
  },
  validate,
  hasGeneration: true,
  selectableFields: {},
  columns: [
    textColumn("Pod-Selector", "Labels of the pods to which it applies.", (it) =>
      formatLabelSelector(it.spec?.podSelector),
    ),
    ageColumn,
  ],
};

function validate({ spec = {} }: NetworkPolicy, errors: FieldErrors): void {
  validateLabelSelector(spec.podSelector, "spec.podSelector", errors);
  for (const [index, rule] of (spec.ingress ?? []).entries())
    validateRule(rule.ports, rule.from, `spec.ingress[${index}]`, "from", errors);
  for (const [index, rule] of (spec.egress ?? []).entries())
    validateRule(rule.ports, rule.to, `spec.egress[${index}]`, "to", errors);
  const types = spec.policyTypes ?? [];
  if (types.length > directions.length)
    errors.invalid("spec.policyTypes", types, "may not specify more than two policyTypes");
  else
    for (const [index, type] of types.entries())
      if (!directions.includes(type)) errors.notSupported(`spec.policyTypes[${index}]`, type, directions);
}

function validateRule(
  ports: readonly NetworkPolicyPort[] = [],
  peers: readonly NetworkPolicyPeer[] = [],
  path: string,
  peersField: string,
  errors: FieldErrors,
): void {
  for (const [index, port] of ports.entries()) validatePort(port, `${path}.ports[${index}]`, errors);
  for (const [index, peer] of peers.entries()) validatePeer(peer, `${path}.${peersField}[${index}]`, errors);
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string, errors: FieldErrors): void {
  if (protocol !== undefined && !protocols.includes(protocol))
    errors.notSupported(`${path}.protocol`, protocol, protocols);
  if (port !== undefined) checkPort(port, `${path}.port`, errors);
  if (endPort === undefined) return;
  const at = `${path}.endPort`;
  if (port === undefined) errors.invalid(at, endPort, "may not be specified when `port` is not specified");
  else if (typeof port === "string") errors.invalid(at, endPort, "may not be specified when `port` is non-numeric");
  else {
    if (endPort < port) errors.invalid(at, endPort, "must be greater than or equal to `port`");
    checkPortNumber(endPort, at, errors);
  }
}

function validatePeer(peer: NetworkPolicyPeer, path: string, errors: FieldErrors): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  validateLabelSelector(podSelector, `${path}.podSelector`, errors);
  validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors);
  if (ipBlock) validateBlock(ipBlock, `${path}.ipBlock`, errors);
  if (!podSelector && !namespaceSelector && !ipBlock) errors.required(path, "must specify a peer");
  else if (ipBlock && (podSelector || namespaceSelector))
    errors.forbidden(path, "may not specify both ipBlock and another peer");
}

function validateBlock({ cidr: block, except = [] }: IPBlock, path: string, errors: FieldErrors): void {
  if (!block) {
    errors.required(`${path}.cidr`);
    return;
  }
  checkName(cidr, block, `${path}.cidr`, errors);
  const whole = parseRange(block);
  for (const [index, text] of whole ? except.entries() : []) {
    const at = `${path}.except[${index}]`;
    checkName(cidr, text, at, errors);
    const part = parseRange(text);
    if (whole && part && (whole.prefixLength >= part.prefixLength || !rangeContains(whole, part.address)))
      errors.invalid(at, text, "must be a strict subset of `cidr`");
  }
}
