import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { ReferredObjects, secretsOf } from "../env/referred-objects.ts";
import type { RegistryCredentials } from "../runtimes/runtime.ts";
import type { NodeContext } from "./node-context.ts";

/** Credentials of one place in registries, as a secret has them. */
interface Login {
  /** Host, with its port, and possibly a path below which images have to be. */
  place: string;
  credentials: RegistryCredentials;
}

const dockerHosts = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/**
 * The credentials that a pod's pull secrets have for an image, those for the nearest place first. Secrets that are missing
 * or make no sense give none.
 */
export async function pullCredentials(node: NodeContext, pod: Pod, image: string): Promise<RegistryCredentials[]> {
  const references = pod.spec?.imagePullSecrets ?? [];
  if (references.length === 0) return [];
  const objects = new ReferredObjects(node.client, pod.metadata?.namespace);
  const secrets = await Promise.all(references.map(({ name }) => objects.secret({ name, optional: true })));
  return credentialsFor(image, secrets.map(secretsOf).flatMap(loginsOf));
}

/** The logins for an image, those for the nearest place first. */
export function credentialsFor(image: string, logins: readonly Login[]): RegistryCredentials[] {
  const { host, path } = placeOfImage(image);
  return logins
    .filter(({ place }) => {
      const [placeHost = "", ...folders] = place.split("/");
      return matchesHost(placeHost, host) && `${path}/`.startsWith(folders.map((folder) => `${folder}/`).join(""));
    })
    .sort((left, right) => (left.place < right.place ? 1 : -1))
    .map(({ credentials }) => credentials);
}

/** What a secret of type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg` says. */
export function loginsOf(data: ReadonlyMap<string, Buffer>): Login[] {
  const modern = parse(data.get(".dockerconfigjson"));
  const auths = entriesOf(isObject(modern) && "auths" in modern ? modern.auths : undefined);
  return [...auths, ...entriesOf(parse(data.get(".dockercfg")))].flatMap(([place, entry]) => {
    const credentials = credentialsIn(entry);
    return credentials ? [{ place: normalPlace(place), credentials }] : [];
  });
}

function credentialsIn(entry: unknown): RegistryCredentials | undefined {
  if (!isObject(entry)) return undefined;
  if ("auth" in entry && typeof entry.auth === "string") {
    const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(entry.auth, "base64").toString()) ?? [];
    if (username !== undefined && password !== undefined) return { username, password };
  }
  if (!("username" in entry) || !("password" in entry)) return undefined;
  return { username: String(entry.username), password: String(entry.password) };
}

/** `https://index.docker.io/v1/` means `docker.io`. */
function normalPlace(place: string): string {
  const [host = "", ...folders] = place
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .split("/");
  if (folders.length === 1 && /^v[12]$/.test(folders[0] ?? "")) folders.pop();
  return [dockerHosts.has(host) ? "docker.io" : host, ...folders].join("/");
}

function placeOfImage(image: string): { host: string; path: string } {
  const name = image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  const [first = "", ...rest] = name.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (isHost) return { host: dockerHosts.has(first) ? "docker.io" : first, path: rest.join("/") };
  return { host: "docker.io", path: rest.length > 0 ? name : `library/${name}` };
}

/** Each part of a host's name between dots may be a pattern with `*`. */
function matchesHost(pattern: string, host: string): boolean {
  const [parts, wanted] = [pattern.split("."), host.split(".")];
  return parts.length === wanted.length && parts.every((part, index) => matchesPart(part, wanted[index] ?? ""));
}

function matchesPart(pattern: string, text: string): boolean {
  const pieces = pattern.split("*").map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pieces.join("[^:]*")}$`).test(text);
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function parse(bytes: Buffer | undefined): unknown {
  try {
    return bytes && JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
