import { join } from "node:path";
import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Client } from "../../../lib/client/client.ts";
import { createClient } from "../../../lib/client/create-client.ts";
import { isControlledBy } from "../../../lib/controller/controller-ref.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import { type ContainerEdits, cdiDirectories, cdiEdits } from "./cdi-specs.ts";
import { DevicePlugins, type PluginResources } from "./device-plugins.ts";
import { driverService, PluginRegistry } from "./plugin-registry.ts";
import { type PreparedClaim, PreparedClaims } from "./prepared-claims.ts";

/** As long a driver may take. */
const driverMsMax = 45_000;
const none: ContainerEdits = { env: [], mounts: [] };

interface ManagerParts {
  client: Client;
  clock: Clock;
  logger: Logger;
}

/** A claim behind one of a pod. */
interface UsedClaim {
  readonly podClaim: string;
  readonly name: string;
  readonly isGenerated: boolean;
}

/** Has the drivers of a node make claimed devices ready for pods, and tells what containers need of them. */
export class DeviceManager {
  readonly #client: Client;
  readonly #plugins: PluginRegistry;
  readonly #devicePlugins: DevicePlugins;
  readonly #claims: PreparedClaims;
  readonly #cdiDirectories: readonly string[];

  /** `onChange` is called when a driver has come that pods may wait for, or devices of plugins have come or gone. */
  constructor(parts: ManagerParts, stateDir: string, onChange: () => void, directories = cdiDirectories) {
    this.#client = parts.client;
    this.#plugins = new PluginRegistry(join(stateDir, "plugins_registry"), parts, onChange);
    this.#claims = new PreparedClaims(join(stateDir, "dra_manager_state"));
    this.#cdiDirectories = directories;
    this.#devicePlugins = new DevicePlugins(join(stateDir, "device-plugins"), parts, onChange, directories);
  }

  async start(): Promise<void> {
    await this.#claims.load();
    await Promise.all([this.#plugins.start(), this.#devicePlugins.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#plugins.stop(), this.#devicePlugins.stop()]);
  }

  /** What device plugins have to give. */
  get resources(): PluginResources {
    return this.#devicePlugins.resources;
  }

  /** Whether a pod needs something of a driver or plugin. */
  concerns(pod: Pod): boolean {
    return (pod.spec?.resourceClaims ?? []).length > 0 || this.#devicePlugins.concerns(pod);
  }

  /** Makes the devices of a pod ready; what is ready already is left alone. @throws Error that says why they are not. */
  async prepare(pod: Pod): Promise<void> {
    const { namespace, uid = "" } = pod.metadata ?? {};
    await this.#devicePlugins.allocate(pod);
    const ready = this.#claims.ofPod(uid).filter(({ drivers }) => !Object.values(drivers).includes(null));
    for (const used of claimsOf(pod)) {
      if (ready.some(({ name }) => name === used.name)) continue;
      const claim = await this.#client.resource.v1.resourceclaims.get(used.name, { namespace });
      checkUse(pod, claim, used);
      await this.#prepareClaim(pod, claim);
    }
  }

  /** What a container gets of its pod's devices. @throws RuntimeError `InvalidConfig` when a device is not described. */
  async editsFor(pod: Pod, container: Container): Promise<ContainerEdits> {
    const ofPlugins = await this.#devicePlugins.editsFor(pod, container);
    const claimed = await this.#claimedEdits(pod, container);
    if (!ofPlugins) return claimed;
    return {
      env: [...ofPlugins.env, ...claimed.env],
      mounts: [...ofPlugins.mounts, ...claimed.mounts],
      devices: ofPlugins.devices ?? [],
    };
  }

  async #claimedEdits(pod: Pod, container: Container): Promise<ContainerEdits> {
    const wanted = container.resources?.claims ?? [];
    if (wanted.length === 0) return none;
    const used = new Map(claimsOf(pod).map(({ podClaim, name }) => [podClaim, name]));
    const prepared = this.#claims.ofPod(pod.metadata?.uid ?? "");
    const devices = wanted.flatMap(({ name = "", request }) => {
      const claim = prepared.find((each) => each.name === used.get(name));
      return claim ? cdiDevicesOf(claim, request) : [];
    });
    return cdiEdits([...new Set(devices)], this.#cdiDirectories);
  }

  /** A pod has ended: drivers hear of claims that no other pod on the node uses. @throws Error when one does not let go. */
  async unprepare(podUid: string): Promise<void> {
    this.#devicePlugins.release(podUid);
    for (const claim of this.#claims.ofPod(podUid)) {
      if (claim.pods.length === 1) await this.#unprepareClaim(claim);
      claim.pods = claim.pods.filter((uid) => uid !== podUid);
      if (claim.pods.length === 0) await this.#claims.remove(claim.uid);
      else await this.#claims.save();
    }
  }

  async #prepareClaim(pod: Pod, { metadata, status }: ResourceClaim): Promise<void> {
    const { namespace = "", name = "", uid = "" } = metadata ?? {};
    const podUid = pod.metadata?.uid ?? "";
    const names = new Set(status?.allocation?.devices?.results?.map(({ driver = "" }) => driver));
    const drivers = Object.fromEntries([...names].map((driver) => [driver, null]));
    const claim = this.#claims.get(uid) ?? { namespace, name, uid, pods: [], drivers };
    if (!claim.pods.includes(podUid)) {
      claim.pods = [...claim.pods, podUid];
      // Before drivers hear of it: what they have made ready must never be forgotten.
      await this.#claims.put(claim);
    }
    const left = Object.entries(claim.drivers).filter(([, devices]) => devices === null);
    for (const [driver] of left) {
      const request = { claims: [{ namespace, name, uid }] };
      const { claims = {} } = await this.#driver(driver).call(driverService, "nodePrepareResources", request, {
        timeoutMs: driverMsMax,
      });
      const answer = claims[uid];
      if (!answer) throw new Error(`NodePrepareResources skipped claim ${name}`);
      if (answer.error) throw new Error(`NodePrepareResources failed for claim ${name}: ${answer.error}`);
      claim.drivers[driver] = answer.devices ?? [];
    }
    if (left.length > 0) await this.#claims.save();
  }

  async #unprepareClaim({ namespace, name, uid, drivers }: PreparedClaim): Promise<void> {
    for (const driver of Object.keys(drivers)) {
      const request = { claims: [{ namespace, name, uid }] };
      const { claims = {} } = await this.#driver(driver).call(driverService, "nodeUnprepareResources", request, {
        timeoutMs: driverMsMax,
      });
      const answer = claims[uid];
      if (!answer) throw new Error(`NodeUnprepareResources skipped claim ${name}`);
      if (answer.error) throw new Error(`NodeUnprepareResources failed for claim ${name}: ${answer.error}`);
    }
  }

  #driver(name: string): Client {
    const transport = this.#plugins.driver(name);
    if (!transport) throw new Error(`DRA driver ${name} is not registered`);
    return createClient(transport);
  }
}

function claimsOf({ spec, status }: Pod): UsedClaim[] {
  return (spec?.resourceClaims ?? []).flatMap(({ name: podClaim = "", resourceClaimName }): UsedClaim[] => {
    if (resourceClaimName) return [{ podClaim, name: resourceClaimName, isGenerated: false }];
    const made = status?.resourceClaimStatuses?.find(({ name }) => name === podClaim);
    if (!made) throw new Error(`ResourceClaim of ${podClaim} not created yet`);
    return made.resourceClaimName ? [{ podClaim, name: made.resourceClaimName, isGenerated: true }] : [];
  });
}

function checkUse(pod: Pod, claim: ResourceClaim, { name, isGenerated }: UsedClaim): void {
  const { uid, name: podName } = pod.metadata ?? {};
  if (isGenerated && !isControlledBy(claim, pod))
    throw new Error(`ResourceClaim ${name} was not created for pod ${podName} (pod is not owner)`);
  if (!claim.status?.allocation) throw new Error(`resource claim ${name} is not allocated`);
  if (!claim.status.reservedFor?.some((user) => user.uid === uid))
    throw new Error(`pod ${podName} (${uid}) is not allowed to use resource claim ${name} (${claim.metadata?.uid})`);
}

function cdiDevicesOf({ drivers }: PreparedClaim, request: string | undefined): string[] {
  return Object.values(drivers).flatMap((devices) =>
    (devices ?? []).flatMap(({ requestNames = [], cdiDeviceIds = [] }) => {
      // Of alternatives the name of the request itself is meant, too.
      const isMeant = requestNames.some((name) => name === request || name.split("/")[0] === request);
      return !request || requestNames.length === 0 || isMeant ? cdiDeviceIds : [];
    }),
  );
}
