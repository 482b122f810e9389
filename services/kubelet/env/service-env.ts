import type { Service } from "../../../gen/typernetes/core/v1/service.ts";

/** The variables by which containers find services: `WEB_SERVICE_HOST`, `WEB_PORT_80_TCP`, … */
export function serviceEnv(services: Iterable<Service>): Map<string, string> {
  const env = new Map<string, string>();
  for (const service of services) {
    const host = service.spec?.clusterIP;
    if (!host || host === "None" || service.spec?.type === "ExternalName") continue;
    addService(env, service, host);
  }
  return env;
}

function addService(env: Map<string, string>, service: Service, host: string): void {
  const prefix = variableName(service.metadata?.name ?? "");
  const ports = service.spec?.ports ?? [];
  const [first] = ports;
  env.set(`${prefix}_SERVICE_HOST`, host);
  if (!first) return;
  env.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports)
    if (port.name) env.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
  env.set(`${prefix}_PORT`, url(first.protocol, host, first.port));
  for (const port of ports) {
    const protocol = port.protocol ?? "TCP";
    const portPrefix = `${prefix}_PORT_${port.port}_${protocol}`;
    env.set(portPrefix, url(protocol, host, port.port));
    env.set(`${portPrefix}_PROTO`, protocol.toLowerCase());
    env.set(`${portPrefix}_PORT`, String(port.port));
    env.set(`${portPrefix}_ADDR`, host);
  }
}

function url(protocol: string | undefined, host: string, port: number | undefined): string {
  return `${(protocol ?? "TCP").toLowerCase()}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
