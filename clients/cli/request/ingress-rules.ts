import { CliError } from "../cli-error.ts";

/** A rule as it is written on the command line. */
interface WrittenRule {
  readonly host: string;
  readonly path: string;
  readonly pathType: "Exact" | "Prefix";
  readonly backend: ReturnType<typeof readBackend>;
  /** The secret, empty for TLS with the default one; undefined without TLS. */
  readonly tlsSecret: string | undefined;
}

/** Reads `host/path=service:port[,tls[=secret]]`; a path that ends in `*` is a prefix. @throws CliError */
export function readIngressRule(text: string): WrittenRule {
  const found = /^([^/=]*)(\/[^=]*)=([^,]+)(?:,(.*))?$/.exec(text);
  const options = found?.[4]?.split(",") ?? [];
  if (!found || options.some((option) => !/^tls(=|$)/.test(option)))
    throw new CliError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  const [, host = "", path = "/", backend = ""] = found;
  const isPrefix = path.endsWith("*");
  return {
    host,
    path: isPrefix ? path.slice(0, -1) : path,
    pathType: isPrefix ? "Prefix" : "Exact",
    backend: readBackend(backend, text),
    tlsSecret: options[0]?.replace(/^tls=?/, ""),
  };
}

/** Reads `service:port`; the port by number or name. @throws CliError that names `whole` */
export function readBackend(text: string, whole: string) {
  const [name, port, ...more] = text.split(":");
  if (!name || !port || more.length > 0)
    throw new CliError(`${whole} is invalid: a service is written svcname:svcport`);
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

/** The rules by host, in the order of the hosts' first rules. */
export function ingressRules(rules: readonly WrittenRule[]) {
  const hosts = [...new Set(rules.map(({ host }) => host))];
  return hosts.map((host) => ({
    ...(host ? { host } : {}),
    http: {
      paths: rules
        .filter((rule) => rule.host === host)
        .map(({ path, pathType, backend }) => ({ path, pathType, backend })),
    },
  }));
}

/** The hosts of each secret. */
export function ingressTls(rules: readonly WrittenRule[]) {
  const secrets = [...new Set(rules.flatMap(({ tlsSecret }) => (tlsSecret === undefined ? [] : [tlsSecret])))];
  return secrets.map((secretName) => {
    const hosts = [
      ...new Set(rules.filter((rule) => rule.tlsSecret === secretName && rule.host).map(({ host }) => host)),
    ];
    return { ...(hosts.length > 0 ? { hosts } : {}), ...(secretName ? { secretName } : {}) };
  });
}
