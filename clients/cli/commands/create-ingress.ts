import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { plainList, text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { ingressRules, ingressTls, readBackend, readIngressRule } from "../request/ingress-rules.ts";
import { readPairs } from "../request/pairs.ts";

export const command = defineCommand({
  usage: "NAME --rule=host/path=service:port[,tls[=secret]]",
  summary: "Create an ingress with the specified name",
  examples: [
    'typectl create ingress web --class=default --rule="example.com/*=web:80,tls=web-tls"',
    "typectl create ingress web --default-backend=web:http",
  ],
  flags: {
    ...createFlags,
    class: text("--class <name>", "The ingress class"),
    rule: plainList("--rule <rule>", "host/path=service:port[,tls[=secret]]; may be repeated"),
    defaultBackend: text("--default-backend <service:port>", "The service for what no rule is for"),
    annotation: plainList("--annotation <key=value>", "Annotation of the ingress; may be repeated"),
  },
  async run({ context, flags, args }) {
    const name = onlyName("create ingress", args);
    if (flags.rule.length === 0 && !flags.defaultBackend)
      throw new CliError(
        "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
      );
    const rules = flags.rule.map(readIngressRule);
    const tls = ingressTls(rules);
    const annotations = readPairs(flags.annotation, "annotation");
    const object = {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name, ...(flags.annotation.length > 0 ? { annotations } : {}) },
      spec: {
        ...(flags.class ? { ingressClassName: flags.class } : {}),
        ...(flags.defaultBackend ? { defaultBackend: readBackend(flags.defaultBackend, flags.defaultBackend) } : {}),
        ...(rules.length > 0 ? { rules: ingressRules(rules) } : {}),
        ...(tls.length > 0 ? { tls } : {}),
      },
    };
    await createMade(context, object, flags);
  },
});
