/** Where Docker is found when `DOCKER_HOST` says so; nothing when its usual place will do. @throws Error for other than sockets. */
export function dockerSocket(host = process.env.DOCKER_HOST): { socketPath?: string } {
  if (!host) return {};
  if (host.startsWith("unix://")) return { socketPath: host.slice("unix://".length) };
  throw new Error(`DOCKER_HOST is ${host}: pods need a Docker of this machine, by its socket (unix://…)`);
}
