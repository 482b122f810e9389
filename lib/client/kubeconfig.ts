import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { connect } from "../grpc/connect.ts";
import type { Transport } from "../grpc/transport.ts";
import type { ExecPlugin } from "./exec-credential.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";
import { userCredentials } from "./user-credentials.ts";

export { KubeconfigError };

/** The extension of a cluster entry that tells where its gRPC door is. */
export const grpcExtension = "typernetes.io/grpc";

/** How to reach a cluster, and as whom. Certificates and keys are PEM. */
export interface ClusterAccess {
  /** The REST door, `https://host:port`. */
  server: string;
  /** The gRPC door, `host:port`. */
  grpcAddress?: string;
  ca?: string;
  cert?: string;
  key?: string;
  /** A bearer token. */
  token?: string;
  /** A file with a bearer token, which counts for more than `token`. */
  tokenFile?: string;
  /** A program that finds out who the user is; asked when nothing else says so. */
  exec?: ExecPlugin;
  /** As whom everything is done, when not as the user. */
  impersonate?: Impersonation;
  /** `default` when the context names none. */
  namespace: string;
  context: string;
}

/** As whom somebody acts who may. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string | undefined;
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** How to connect to a cluster. */
export interface ConnectionSettings {
  /** Gets what the server tells besides its answers. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Whether somebody sits at the terminal who could be asked something. */
  readonly isInteractive?: boolean | undefined;
}

/**
 * Reads a kubeconfig: `source` is its path, or its content when it has several lines. `context` chooses another context than the
 * current one. Throws `KubeconfigError`.
 */
export async function readKubeconfig(source: string, context?: string): Promise<ClusterAccess> {
  const inline = source.includes("\n");
  const text = inline ? source : await readText(source);
  const config = await parse(text, inline ? "the kubeconfig" : source);
  return new KubeconfigReader(config, inline ? process.cwd() : dirname(resolve(source))).access(context);
}

/** Connects to the gRPC door that a kubeconfig names. Throws `KubeconfigError`. */
export async function connectFromKubeconfig(
  source: string,
  context?: string,
  settings: ConnectionSettings = {},
): Promise<Transport> {
  const access = await readKubeconfig(source, context);
  const { grpcAddress, ca, context: name } = access;
  if (!grpcAddress) {
    throw new KubeconfigError(`the cluster of context "${name}" has no extension ${grpcExtension} with a gRPC address`);
  }
  if (!ca) throw new KubeconfigError(`the cluster of context "${name}" has no certificate authority`);
  return connectTo(access, grpcAddress, settings);
}

/**
 * Connects to the gRPC door at an address as the user that `access` says, in plain text when it names no authority. Throws
 * `KubeconfigError`.
 */
export async function connectTo(
  access: ClusterAccess,
  address: string,
  { onWarning, isInteractive = false }: ConnectionSettings = {},
): Promise<Transport> {
  const { ca, impersonate } = access;
  const { cert, key, token } = await userCredentials(access, isInteractive);
  if (token && !ca) throw new KubeconfigError("a token is shown only to a cluster with a certificate authority");
  return connect({
    address,
    ...(ca && { tls: cert && key ? { ca, cert, key } : { ca } }),
    ...(token && { token }),
    ...(impersonate && { metadata: impersonationMetadata(impersonate) }),
    ...(onWarning && { onWarning }),
  });
}

function impersonationMetadata({ user, groups, uid, extra = {} }: Impersonation): Record<string, readonly string[]> {
  const metadata: Record<string, readonly string[]> = { "impersonate-user": [user] };
  if (groups.length > 0) metadata["impersonate-group"] = groups;
  if (uid) metadata["impersonate-uid"] = [uid];
  for (const [key, values] of Object.entries(extra)) {
    const name = key.toLowerCase();
    // Metadata have no way to escape what their names cannot have.
    if (!/^[0-9a-z_.-]+$/.test(name)) throw new KubeconfigError(`${key} in as-user-extra cannot be told over gRPC`);
    metadata[`impersonate-extra-${name}`] = values;
  }
  return metadata;
}

/** Writes a kubeconfig with one context, readable by its owner alone. It appears whole or not at all. */
export async function writeKubeconfig(path: string, access: ClusterAccess, user: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  await writeFile(unfinished, formatKubeconfig(access, user), { mode: 0o600 });
  await chmod(unfinished, 0o600);
  await rename(unfinished, path);
}

/** The text of a kubeconfig with one context. */
function formatKubeconfig(access: ClusterAccess, user: string): string {
  const { server, grpcAddress, ca, cert, key, namespace, context } = access;
  const lines = [
    "apiVersion: v1",
    "kind: Config",
    `current-context: ${quoted(context)}`,
    "preferences: {}",
    "clusters:",
    `- name: ${quoted(context)}`,
    "  cluster:",
    `    server: ${quoted(server)}`,
    ...(ca ? [`    certificate-authority-data: ${base64(ca)}`] : []),
    ...(grpcAddress
      ? [
          "    extensions:",
          `    - name: ${grpcExtension}`,
          "      extension:",
          `        address: ${quoted(grpcAddress)}`,
        ]
      : []),
    "contexts:",
    `- name: ${quoted(context)}`,
    "  context:",
    `    cluster: ${quoted(context)}`,
    `    user: ${quoted(user)}`,
    `    namespace: ${quoted(namespace)}`,
    "users:",
    `- name: ${quoted(user)}`,
    "  user:",
    ...(cert && key
      ? [`    client-certificate-data: ${base64(cert)}`, `    client-key-data: ${base64(key)}`]
      : ["    {}"]),
  ];
  return `${lines.join("\n")}\n`;
}

/** JSON strings are YAML strings. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

type Fields = Readonly<Record<string, unknown>>;

class KubeconfigReader {
  readonly #config: Fields;
  readonly #directory: string;

  constructor(config: Fields, directory: string) {
    this.#config = config;
    this.#directory = directory;
  }

  async access(chosen: string | undefined): Promise<ClusterAccess> {
    const name = chosen ?? text(this.#config["current-context"]);
    if (!name) throw new KubeconfigError("the kubeconfig has no current context: choose one");
    const context = this.#entry("contexts", name, "context");
    const cluster = this.#entry("clusters", text(context["cluster"]) ?? "", "cluster");
    const userName = text(context["user"]);
    const user = userName ? this.#entry("users", userName, "user") : {};
    const server = text(cluster["server"]);
    if (!server) throw new KubeconfigError(`the cluster of context "${name}" has no server`);
    return {
      server,
      grpcAddress: grpcAddressOf(cluster),
      ca: await this.#material(cluster, "certificate-authority"),
      cert: await this.#material(user, "client-certificate"),
      key: await this.#material(user, "client-key"),
      ...this.#credentials(user, cluster),
      namespace: text(context["namespace"]) || "default",
      context: name,
    };
  }

  #credentials(user: Fields, cluster: Fields): Pick<ClusterAccess, "token" | "tokenFile" | "exec" | "impersonate"> {
    const [token, tokenFile, as] = [text(user["token"]), text(user["tokenFile"]), text(user["as"])];
    const exec = fields(user["exec"]);
    const extra = Object.entries(fields(user["as-user-extra"]) ?? {}).map(([key, values]) => [key, texts(values)]);
    const impersonate = as && { user: as, groups: texts(user["as-groups"]), uid: text(user["as-uid"]) };
    return {
      ...(token && { token }),
      ...(tokenFile && { tokenFile: resolve(this.#directory, tokenFile) }),
      ...(exec && { exec: this.#plugin(exec, cluster) }),
      ...(impersonate && { impersonate: { ...impersonate, extra: Object.fromEntries(extra) } }),
    };
  }

  #plugin(exec: Fields, cluster: Fields): ExecPlugin {
    const command = text(exec["command"]) ?? "";
    const { extensions: _, ...told } = cluster;
    return {
      apiVersion: text(exec["apiVersion"]) ?? "",
      // What is no mere name lies where the kubeconfig does.
      command: command.includes("/") ? resolve(this.#directory, command) : command,
      args: texts(exec["args"]),
      env: items(exec["env"]).map(({ name, value }) => ({ name: text(name) ?? "", value: text(value) ?? "" })),
      installHint: text(exec["installHint"]) ?? "",
      interactiveMode: text(exec["interactiveMode"]) ?? "IfAvailable",
      cluster: exec["provideClusterInfo"] === true ? told : undefined,
    };
  }

  #entry(list: string, name: string, member: string): Fields {
    for (const entry of items(this.#config[list])) {
      if (entry["name"] === name) return fields(entry[member]) ?? {};
    }
    throw new KubeconfigError(`the kubeconfig has no entry "${name}" in ${list}`);
  }

  /** Given as data, or as the path of a file. */
  async #material(entry: Fields, key: string): Promise<string | undefined> {
    const data = text(entry[`${key}-data`]);
    if (data) return Buffer.from(data, "base64").toString();
    const path = text(entry[key]);
    return path ? readText(resolve(this.#directory, path)) : undefined;
  }
}

function grpcAddressOf(cluster: Fields): string | undefined {
  const found = items(cluster["extensions"]).find((entry) => entry["name"] === grpcExtension);
  return text(fields(found?.["extension"])?.["address"]);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new KubeconfigError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** The YAML parser is loaded only by who reads: writing needs none. */
async function parse(content: string, name: string): Promise<Fields> {
  const yaml = await import("./parse-yaml.ts");
  try {
    const config = fields(yaml.parse(content));
    if (config) return config;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new KubeconfigError(`${name} is not valid YAML: ${why}`, { cause: error });
  }
  throw new KubeconfigError(`${name} is not a kubeconfig`);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function fields(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function items(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}
