import type { Frontend } from "./frontend.ts";
import { elementCommand } from "./plan.ts";
import { type AffinityMap, affinityMaps } from "./ruleset.ts";
import { type RunTool, ToolError } from "./run-tool.ts";

/** A client of a frontend, whose endpoint the kernel remembers. */
export interface RememberedClient {
  frontend: Frontend;
  client: string;
  /** In nft's words: `10.244.0.5 . 8080`. */
  endpoint: string;
  timeoutSeconds: number;
  expiresSeconds: number;
}

/** The remembered clients of `frontends`, as far as the table has any. */
export async function readRememberedClients(
  run: RunTool,
  table: string,
  frontends: Iterable<Frontend>,
): Promise<RememberedClient[]> {
  const clients: RememberedClient[] = [];
  for (const frontend of frontends) {
    const maps = affinityMaps(frontend);
    clients.push(...joinRemembered(frontend, await Promise.all(maps.map(({ name }) => listMap(run, table, name)))));
  }
  return clients;
}

/** The names of all maps that the table has; none when there is no such table. */
export async function listMapNames(run: RunTool, table: string): Promise<Set<string>> {
  const objects = listOf(property(JSON.parse(await run("nft", ["-j", "-t", "list", "maps", "inet"])), "nftables"));
  const maps = objects.map((object) => property(object, "map")).filter((map) => property(map, "table") === table);
  return new Set(maps.map((map) => String(property(map, "name"))));
}

async function listMap(run: RunTool, table: string, map: string): Promise<string> {
  try {
    return await run("nft", ["-j", "list", "map", "inet", table, map]);
  } catch (error) {
    if (error instanceof ToolError && error.message.includes("No such file")) return "{}";
    throw error;
  }
}

/** Joins what `nft -j list map` printed of a frontend's affinity maps; clients that are not in all of them are left out. */
function joinRemembered(frontend: Frontend, listings: string[]): RememberedClient[] {
  const [first = [], ...others] = listings.map(parseListing);
  const parts = others.map((elements) => new Map(elements.map(({ client, data }) => [client, data])));
  return first.flatMap(({ data, ...element }) => {
    const rest = parts.map((part) => part.get(element.client));
    return rest.includes(undefined) ? [] : [{ ...element, frontend, endpoint: [data, ...rest].join(" . ") }];
  });
}

type MapElement = Omit<RememberedClient, "frontend" | "endpoint"> & { data: string };

function parseListing(json: string): MapElement[] {
  const objects = listOf(property(JSON.parse(json), "nftables"));
  return objects.flatMap((object) => listOf(property(property(object, "map"), "elem"))).flatMap(parseElement);
}

function parseElement(element: unknown): MapElement[] {
  const [key, value] = listOf(element);
  const described = property(key, "elem");
  const client = property(described, "val");
  const timeoutSeconds = property(described, "timeout");
  const expiresSeconds = property(described, "expires");
  if (typeof client !== "string" || typeof timeoutSeconds !== "number" || typeof expiresSeconds !== "number") return [];
  const pair = property(value, "concat");
  return [
    { client, data: pair === undefined ? String(value) : listOf(pair).join(" . "), timeoutSeconds, expiresSeconds },
  ];
}

/** Whether new connections of this client may still go to its endpoint. */
export function isStillValid({ frontend, endpoint }: RememberedClient): boolean {
  return frontend.affinitySeconds !== undefined && frontend.endpoints.includes(endpoint);
}

/** Commands that remember clients again in a new table. */
export function rememberCommands(table: string, clients: RememberedClient[]): string {
  const alive = clients.filter((client) => client.expiresSeconds > 0 && client.expiresSeconds <= client.timeoutSeconds);
  return addCommands(table, alive, (one) => `timeout ${one.timeoutSeconds}s expires ${one.expiresSeconds}s`);
}

/** Commands that forget clients, also when they have expired in the meantime. */
export function forgetCommands(table: string, clients: RememberedClient[]): string {
  // Deleting what is gone would fail the transaction, so it is added first: for an element that exists that is nothing.
  const added = addCommands(table, clients, (one) => `timeout ${one.timeoutSeconds}s`);
  return (
    added +
    perMap(clients, ({ name }, group) =>
      elementCommand(
        "delete",
        table,
        name,
        group.map(({ client }) => client),
      ),
    )
  );
}

function addCommands(table: string, clients: RememberedClient[], timesOf: (one: RememberedClient) => string): string {
  return perMap(clients, ({ name, part }, group) => {
    const elements = group.map((one) => `${one.client} ${timesOf(one)} : ${part(one.endpoint)}`);
    return elementCommand("add", table, name, elements);
  });
}

function perMap(clients: RememberedClient[], command: (map: AffinityMap, group: RememberedClient[]) => string): string {
  const groups = new Map<Frontend, RememberedClient[]>();
  for (const client of clients) {
    const group = groups.get(client.frontend);
    if (group) group.push(client);
    else groups.set(client.frontend, [client]);
  }
  return [...groups].flatMap(([frontend, group]) => affinityMaps(frontend).map((map) => command(map, group))).join("");
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
