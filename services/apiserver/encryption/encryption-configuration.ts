import { readFileSync } from "node:fs";
import { storeRoot } from "../resource-info.ts";
import { aesGcm, plain, type Transformer } from "./transformer.ts";

interface Provider {
  aesgcm?: { keys?: { name?: string; secret?: string }[] };
  identity?: object;
}

/** apiserver.config.k8s.io/v1 `EncryptionConfiguration`. */
interface Configuration {
  apiVersion?: string;
  kind?: string;
  resources?: { resources?: string[]; providers?: Provider[] }[];
}

interface Rule {
  resources: readonly string[];
  transformers: readonly Transformer[];
}

/** How the values of which kinds are kept: the first of its transformers writes, all of them read. */
export class EncryptionRules {
  readonly #rules: readonly Rule[];

  /** @throws TypeError when it is no configuration, or asks for what there is not. */
  constructor(configuration: Configuration) {
    if (configuration.kind !== "EncryptionConfiguration" || configuration.apiVersion !== "apiserver.config.k8s.io/v1") {
      throw new TypeError("encryption is configured by an EncryptionConfiguration of apiserver.config.k8s.io/v1");
    }
    this.#rules = (configuration.resources ?? []).map(({ resources = [], providers = [] }, index) => {
      if (providers.length === 0) throw new TypeError(`resources[${index}] has no providers`);
      return { resources, transformers: providers.flatMap(transformersOf) };
    });
  }

  /** @throws when the file cannot be read, or is no configuration. */
  static async read(path: string): Promise<EncryptionRules> {
    // Large, and most servers have no such file.
    const { parseYaml } = await import("../../../lib/api/yaml.ts");
    const [document] = parseYaml(readFileSync(path, "utf8"));
    return new EncryptionRules({ ...(document?.value as Configuration) });
  }

  /** The transformers for the value of a key; undefined for what is kept as it is. */
  for(key: string): readonly Transformer[] | undefined {
    if (!key.startsWith(storeRoot)) return undefined;
    const [folder = "", resource = ""] = key.slice(storeRoot.length).split("/", 2);
    const group = folder === "core" ? "" : folder;
    return this.#rules.find((rule) => rule.resources.some((one) => matches(one, group, resource)))?.transformers;
  }
}

/** `secrets`, `pandas.example.com`, `*.apps`, `*.` for the core group, `*.*` for all. */
function matches(pattern: string, group: string, resource: string): boolean {
  if (pattern === "*.*") return true;
  const dot = pattern.indexOf(".");
  const [wanted, wantedGroup] = dot < 0 ? [pattern, ""] : [pattern.slice(0, dot), pattern.slice(dot + 1)];
  return wantedGroup === group && (wanted === "*" || wanted === resource);
}

function transformersOf(provider: Provider): Transformer[] {
  if (provider.identity) return [plain];
  if (!provider.aesgcm) throw new TypeError(`no such encryption here: ${Object.keys(provider).join(", ")}`);
  const keys = provider.aesgcm.keys ?? [];
  if (keys.length === 0) throw new TypeError("aesgcm has no keys");
  return keys.map(({ name = "", secret = "" }) => {
    if (!name || name.includes(":")) throw new TypeError("a key has a name without colons");
    return aesGcm(name, Buffer.from(secret, "base64"));
  });
}
