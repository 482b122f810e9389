const dialReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** As Kubernetes words it when nobody answers. */
export function dialMessage(error: NodeJS.ErrnoException, host: string, port: number): string {
  const reason = dialReasons[error.code ?? ""];
  return reason ? `dial tcp ${hostPort(host, port)}: ${reason}` : error.message;
}

/** Both in one word. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
