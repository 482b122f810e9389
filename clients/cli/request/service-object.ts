import { CliError } from "../cli-error.ts";
import { list } from "../flags.ts";

export const tcpFlag = list("--tcp <port[:targetPort]>", "A port of the service, and where it leads");

/** The service that `create service` makes: for pods labelled `app=<name>`. @throws CliError */
export function serviceObject(
  name: string,
  type: string,
  tcp: readonly string[],
  mayHaveNoPorts = type === "ExternalName",
) {
  if (tcp.length === 0 && !mayHaveNoPorts) throw new CliError("at least one tcp port specifier must be provided");
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: { app: name } },
    spec: { type, selector: { app: name }, ...(tcp.length > 0 ? { ports: tcp.map(readPort) } : {}) },
  };
}

function readPort(text: string) {
  const [port = "", target = port] = text.split(":");
  const number = Number(port);
  if (!/^\d+$/.test(port) || number < 1 || number > 65535)
    throw new CliError(`invalid port ${JSON.stringify(port)}: must be between 1 and 65535`);
  const targetPort = /^\d+$/.test(target) ? Number(target) : target;
  return { name: text.replace(":", "-"), port: number, protocol: "TCP", targetPort };
}

/** A port as a service has it. */
export interface WrittenPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
  readonly targetPort: number | string;
}

/** A service that leads to the pods of a selector. */
export function serviceOfPorts(
  name: string,
  selector: Readonly<Record<string, string>>,
  ports: readonly WrittenPort[],
  more: { labels?: Readonly<Record<string, string>>; spec?: object } = {},
) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, ...(more.labels ? { labels: { ...more.labels } } : {}) },
    spec: { ...(ports.length > 0 ? { ports: [...ports] } : {}), selector: { ...selector }, ...more.spec },
  };
}
