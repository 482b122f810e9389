import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { messageOf } from "../failures.ts";
import { isNodeReady } from "../nodelifecycle/node-conditions.ts";
import { className, provisionedBy, selectedNode, storageProvisioner } from "./annotations.ts";
import { createLocalPathClasses, localPathProvisioner } from "./local-path-class.ts";
import { requestOf } from "./match-volume.ts";
import { indexPodsByClaim, podsUsing } from "./pods-using.ts";
import { claimQueueKey, readQueueKey, volumeQueueKey } from "./queue-keys.ts";

const classesKey = "classes";

/** Makes volumes of folders under `directory`, which the nodes share, and removes the folders of those that are released. */
export function createLocalPathProvisioner(context: ControllerContext, directory: string): Controller {
  return new LocalPathProvisioner(context, resolve(directory));
}

class LocalPathProvisioner implements Controller {
  readonly name = "local-path-provisioner-controller";
  readonly workers = 4;
  readonly #context: ControllerContext;
  readonly #directory: string;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext, directory: string) {
    const { core, storage } = context.client;
    const { informers } = context;
    this.#context = context;
    this.#directory = directory;
    this.#claims = informers.informer(core.v1.persistentvolumeclaims);
    this.#volumes = informers.informer(core.v1.persistentvolumes);
    this.#classes = informers.informer(storage.v1.storageclasses);
    this.#nodes = informers.informer(core.v1.nodes);
    this.#pods = informers.informer(core.v1.pods);
    indexPodsByClaim(this.#pods);
  }

  setUp(enqueue: Enqueue): void {
    enqueue(classesKey);
    const asking = (claim: PersistentVolumeClaim) => {
      const isOurs = claim.metadata?.annotations?.[storageProvisioner] === localPathProvisioner;
      if (isOurs && !claim.spec?.volumeName) enqueue(claimQueueKey(objectKey(claim)));
    };
    this.#claims.addHandler({ added: asking, updated: (_, after) => asking(after) });
    // A claim may be told of before the node that was chosen for it.
    this.#nodes.addHandler({ added: () => this.#claims.lister.list().forEach(asking) });
    const released = (volume: PersistentVolume) => {
      if (volume.status?.phase === "Released") enqueue(volumeQueueKey(volume.metadata?.name ?? ""));
    };
    this.#volumes.addHandler({ added: released, updated: (_, after) => released(after) });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    if (key === classesKey) return createLocalPathClasses(this.#context.client, this.#classes.lister.list());
    const subject = readQueueKey(key);
    if ("volume" in subject) await this.#unmake(subject.volume);
    else await this.#make(subject.claim);
  }

  async #make(key: string): Promise<void> {
    const claim = this.#claims.lister.byKey(key);
    if (!claim || claim.spec?.volumeName || claim.metadata?.deletionTimestamp) return;
    const storageClass = this.#classes.lister.byKey(className(claim));
    if (storageClass?.provisioner !== localPathProvisioner) return;
    const node = this.#nodeFor(claim, storageClass);
    const name = `pvc-${claim.metadata?.uid}`;
    if (!node || this.#volumes.lister.byKey(name)) return;
    try {
      await this.#createVolume(claim, storageClass, node, name);
    } catch (error) {
      const message = `failed to provision volume with StorageClass "${className(claim)}": ${messageOf(error)}`;
      this.#context.recorder.event(claim, "Warning", "ProvisioningFailed", message);
      throw error;
    }
  }

  async #createVolume(
    claim: PersistentVolumeClaim,
    storageClass: StorageClass,
    node: Node,
    name: string,
  ): Promise<void> {
    const { recorder, client } = this.#context;
    if (claim.spec?.volumeMode === "Block") throw new Error("local-path volumes are folders, not block devices");
    const { namespace } = claim.metadata ?? {};
    recorder.event(
      claim,
      "Normal",
      "Provisioning",
      `External provisioner is provisioning volume for claim "${objectKey(claim)}"`,
    );
    const path = join(this.#directory, `${name}_${namespace}_${claim.metadata?.name}`);
    await mkdir(path, { recursive: true });
    // Whoever the pod's containers run as writes here.
    await chmod(path, 0o777);
    try {
      await client.core.v1.persistentvolumes.create(volumeFor(claim, storageClass, node, { name, path }));
    } catch (error) {
      if (!isStatusError(error, "AlreadyExists")) throw error;
    }
    recorder.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${name}`);
  }

  /** The scheduler's choice, that of who put a pod there, or any where that makes no difference. */
  #nodeFor(claim: PersistentVolumeClaim, { volumeBindingMode }: StorageClass): Node | undefined {
    const used = podsUsing(this.#pods, claim).find((pod) => pod.spec?.nodeName)?.spec?.nodeName;
    const chosen = claim.metadata?.annotations?.[selectedNode] ?? used;
    if (chosen !== undefined) return this.#nodes.lister.byKey(chosen);
    if (volumeBindingMode === "WaitForFirstConsumer") return undefined;
    const nodes = this.#nodes.lister.list();
    return nodes.find(isNodeReady) ?? nodes[0];
  }

  async #unmake(name: string): Promise<void> {
    const volume = this.#volumes.lister.byKey(name);
    const isOurs = volume?.metadata?.annotations?.[provisionedBy] === localPathProvisioner;
    if (!volume || !isOurs || volume.status?.phase !== "Released") return;
    if (volume.spec?.persistentVolumeReclaimPolicy !== "Delete") return;
    const path = volume.spec.hostPath?.path ?? "";
    // Nobody may have made us remove what is not ours by editing the volume.
    if (dirname(path) === this.#directory) await rm(path, { recursive: true, force: true });
    try {
      const { uid } = volume.metadata ?? {};
      await this.#context.client.core.v1.persistentvolumes.delete(name, { preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

function volumeFor(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  node: Node,
  { name, path }: { name: string; path: string },
): PersistentVolume {
  const hostname = node.metadata?.labels?.["kubernetes.io/hostname"] ?? node.metadata?.name ?? "";
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: [hostname] }];
  const { name: claimName, namespace, uid, resourceVersion } = claim.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { [provisionedBy]: localPathProvisioner } },
    spec: {
      capacity: { storage: requestOf(claim) },
      accessModes: claim.spec?.accessModes,
      volumeMode: "Filesystem",
      mountOptions: storageClass.mountOptions,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata?.name,
      hostPath: { path, type: "DirectoryOrCreate" },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
      claimRef: {
        ...{ kind: "PersistentVolumeClaim", apiVersion: "v1" },
        ...{ namespace, name: claimName, uid, resourceVersion },
      },
    },
  };
}
