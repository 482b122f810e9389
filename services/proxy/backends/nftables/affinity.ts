import { type Family, type Frontend, frontendKey } from "./frontend.ts";
import { type RunTool, ToolError } from "./run-tool.ts";

/** A client whose endpoint the kernel remembers. */
export interface RememberedClient {
  family: Family;
  client: string;
  address: string;
  protocol: string;
  port: number;
  /** In nft's words: `10.244.0.5 . 8080`. */
  endpoint: string;
  timeoutSeconds: number;
  expiresSeconds: number;
}

/** Every remembered client; none when the table does not exist. */
export async function readRememberedClients(run: RunTool, table: string): Promise<RememberedClient[]> {
  const families: Family[] = [4, 6];
  const lists = await Promise.all(
    families.map(async (family) => {
      try {
        return parseRememberedClients(
          family,
          await run("nft", ["-j", "list", "map", "inet", table, `affinity${family}`]),
        );
      } catch (error) {
        if (error instanceof ToolError && error.message.includes("No such file")) return [];
        throw error;
      }
    }),
  );
  return lists.flat();
}

/** Reads what `nft -j list map` prints of an affinity map; what has another shape is left out. */
export function parseRememberedClients(family: Family, json: string): RememberedClient[] {
  const elements = listOf(property(JSON.parse(json), "nftables")).flatMap((item) =>
    listOf(property(property(item, "map"), "elem")),
  );
  return elements.flatMap((element) => {
    const [key, data] = listOf(element);
    const described = property(key, "elem");
    const [client, address, protocol, port] = listOf(property(property(described, "val"), "concat"));
    const [ip, endpointPort] = listOf(property(data, "concat"));
    const timeoutSeconds = property(described, "timeout");
    const expiresSeconds = property(described, "expires");
    if (typeof client !== "string" || typeof address !== "string" || typeof protocol !== "string") return [];
    if (typeof port !== "number" || typeof timeoutSeconds !== "number" || typeof expiresSeconds !== "number") return [];
    return [
      { family, client, address, protocol, port, endpoint: `${ip} . ${endpointPort}`, timeoutSeconds, expiresSeconds },
    ];
  });
}

/** Whether new connections of this client may still go to its endpoint. */
export function isStillValid(remembered: RememberedClient, frontends: Map<string, Frontend>): boolean {
  const { family, address, protocol, port, endpoint } = remembered;
  const frontend =
    frontends.get(frontendKey(family, `${address} . ${protocol} . ${port}`)) ??
    frontends.get(frontendKey(family, `${protocol} . ${port}`));
  return frontend?.affinitySeconds !== undefined && frontend.endpoints.includes(endpoint);
}

/** Commands that remember clients again in a new table. */
export function rememberCommands(table: string, clients: RememberedClient[]): string {
  const alive = clients.filter((client) => client.expiresSeconds > 0 && client.expiresSeconds <= client.timeoutSeconds);
  return byFamily(alive, (family, group) => {
    const elements = group.map(
      (one) => `${keyOf(one)} timeout ${one.timeoutSeconds}s expires ${one.expiresSeconds}s : ${one.endpoint}`,
    );
    return `add element inet ${table} affinity${family} {\n${elements.join(",\n")}\n}\n`;
  });
}

/** Commands that forget clients, also when they have expired in the meantime. */
export function forgetCommands(table: string, clients: RememberedClient[]): string {
  return byFamily(clients, (family, group) => {
    // Deleting what is gone would fail the transaction, so it is added first: for an element that exists that is nothing.
    const added = group.map((one) => `${keyOf(one)} timeout ${one.timeoutSeconds}s : ${one.endpoint}`);
    return [
      `add element inet ${table} affinity${family} {\n${added.join(",\n")}\n}\n`,
      `delete element inet ${table} affinity${family} {\n${group.map(keyOf).join(",\n")}\n}\n`,
    ].join("");
  });
}

function byFamily(
  clients: RememberedClient[],
  commands: (family: Family, group: RememberedClient[]) => string,
): string {
  const families: Family[] = [4, 6];
  return families
    .map((family) => ({ family, group: clients.filter((client) => client.family === family) }))
    .map(({ family, group }) => (group.length === 0 ? "" : commands(family, group)))
    .join("");
}

function keyOf({ client, address, protocol, port }: RememberedClient): string {
  return `${client} . ${address} . ${protocol} . ${port}`;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
