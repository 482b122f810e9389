import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import type * as library from "@dot-i/k8s-operator";
import { waitFor } from "../support/wait.ts";

// The library is CommonJS with a default export, which Node's import and the type checker see differently.
const { default: Operator } = createRequire(import.meta.url)("@dot-i/k8s-operator") as typeof library;

/** What boats look like. */
interface Boat {
  metadata?: { name?: string; namespace?: string };
  spec: { crew: number };
}

const finalizer = "example.com/harbour";

/** Keeps a config map for each boat, tells in the boat's status that it did, and takes the config map away with it. */
class BoatsOperator extends Operator {
  readonly #crdFile: string;

  constructor(crdFile: string) {
    super({ debug() {}, info: console.log, warn: console.warn, error: console.error });
    this.#crdFile = crdFile;
  }

  protected async init(): Promise<void> {
    const { group, versions, plural } = await this.registerCustomResourceDefinition(this.#crdFile);
    const [version] = versions;
    if (!version) throw new Error("the definition has no version");
    // The library watches at once, and ends when nothing is served yet.
    await waitFor("the boats are served", async () => {
      const kubectl = process.env["KUBECTL"] ?? "kubectl";
      return execFileSync(kubectl, ["get", "--raw", `/apis/${group}/${version.name}/${plural}`], { encoding: "utf8" });
    });
    await this.watchResource(group, version.name, plural, (event) => this.#reconcile(event));
  }

  async #reconcile(event: library.ResourceEvent): Promise<void> {
    if (event.type.toString() === "DELETED") return;
    const { name, namespace = "default" } = event.meta;
    if (await this.handleResourceFinalizer(event, finalizer, () => this.#leave(name, namespace))) return;
    // What is watched is what the definition says.
    const { spec } = event.object as unknown as Boat;
    const body = { metadata: { name }, data: { crew: String(spec.crew) } };
    await this.#keep(name, namespace, body);
    await this.patchResourceStatus(event.meta, { aboard: spec.crew });
  }

  async #keep(name: string, namespace: string, body: object): Promise<void> {
    try {
      await this.k8sApi.replaceNamespacedConfigMap(name, namespace, body);
    } catch {
      await this.k8sApi.createNamespacedConfigMap(namespace, body);
    }
  }

  async #leave(name: string, namespace: string): Promise<void> {
    await this.k8sApi.deleteNamespacedConfigMap(name, namespace);
  }
}

const [, , crdFile] = process.argv;
if (crdFile === undefined) throw new Error("usage: boats-operator.ts <definition>");
await new BoatsOperator(crdFile).start();
console.log("the operator runs");
