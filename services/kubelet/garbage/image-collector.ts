import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { Image } from "../runtimes/runtime.ts";
import { imagesOfVolumes } from "../volumes/image-volumes.ts";

const intervalMs = 300_000;

interface KnownImage {
  image: Image;
  firstSeenMs: number;
  /** It was there before the kubelet was: nobody has just fetched it for a container to come. */
  wasThere: boolean;
  /** When a container last had it; never when absent. */
  lastUsedMs: number | undefined;
}

/** Removes images that no container has, those longest unused first: when the disk fills up, and when they are too old. */
export class ImageCollector {
  readonly #node: NodeContext;
  readonly #known = new Map<string, KnownImage>();
  readonly #abort = new AbortController();
  readonly #minimumAgeMs: number;
  readonly #maximumAgeMs: number;
  #loop: Promise<void> | undefined;
  #hasLooked = false;

  constructor(node: NodeContext) {
    const { imageMinimumGCAge, imageMaximumGCAge } = node.options.configuration;
    this.#node = node;
    this.#minimumAgeMs = parseGoDuration(imageMinimumGCAge);
    this.#maximumAgeMs = parseGoDuration(imageMaximumGCAge);
  }

  /** Begins to look every five minutes. */
  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    await this.#loop;
  }

  /** Removes every image that nobody uses, however young. Nothing when the collection of images is switched off. */
  async removeUnused(): Promise<void> {
    if (this.#isOff()) return;
    const inUse = await this.#look();
    await this.#remove(this.#candidates(inUse), Number.POSITIVE_INFINITY);
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#node;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await this.#collect();
        await clock.sleep(intervalMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, "could not remove unused images; it will be tried again");
        await clock.sleep(intervalMs, signal).catch(() => {});
      }
    }
  }

  async #collect(): Promise<void> {
    if (this.#isOff() && this.#maximumAgeMs === 0) return;
    const inUse = await this.#look();
    await this.#removeOld(inUse);
    const wantedBytes = await this.#bytesTooMany();
    if (wantedBytes <= 0) return;
    const nowMs = this.#node.clock.monotonic();
    const isOldEnough = ({ firstSeenMs, wasThere }: KnownImage) =>
      wasThere || nowMs - firstSeenMs >= this.#minimumAgeMs;
    const old = this.#candidates(inUse).filter(isOldEnough);
    const freedBytes = await this.#remove(old, wantedBytes);
    if (freedBytes < wantedBytes) this.#tellFailure(wantedBytes, freedBytes);
  }

  #isOff(): boolean {
    return this.#node.options.configuration.imageGCHighThresholdPercent >= 100;
  }

  /** How much has to go so that the disk of the images is filled no more than to the low threshold. */
  async #bytesTooMany(): Promise<number> {
    const { imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low } = this.#node.options.configuration;
    const disk = (await this.#node.machine.measure())["imagefs.available"];
    if (this.#isOff() || !disk || disk.capacity === 0) return 0;
    const usedPercent = 100 - Math.floor((disk.available * 100) / disk.capacity);
    return usedPercent < high ? 0 : Math.ceil((disk.capacity * (100 - low)) / 100) - disk.available;
  }

  async #removeOld(inUse: ReadonlySet<string>): Promise<void> {
    if (this.#maximumAgeMs === 0) return;
    const nowMs = this.#node.clock.monotonic();
    const isOld = ({ lastUsedMs, firstSeenMs }: KnownImage) => nowMs - (lastUsedMs ?? firstSeenMs) > this.#maximumAgeMs;
    await this.#remove(this.#candidates(inUse).filter(isOld), Number.POSITIVE_INFINITY);
  }

  /** Takes note of the images there are, and answers those in use. */
  async #look(): Promise<ReadonlySet<string>> {
    const { runtime, clock, options } = this.#node;
    const [images, containers, volumes] = await Promise.all([
      runtime.listImages(),
      runtime.listContainers(),
      imagesOfVolumes(options.stateDir),
    ]);
    const nowMs = clock.monotonic();
    const inUse = new Set([...containers.flatMap(({ image, imageId }) => [image, imageId]), ...volumes]);
    const ids = new Set(images.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    for (const image of images) {
      const { firstSeenMs = nowMs, wasThere = !this.#hasLooked, lastUsedMs } = this.#known.get(image.id) ?? {};
      const lastMs = isUsed(image, inUse) ? nowMs : lastUsedMs;
      this.#known.set(image.id, { image, firstSeenMs, wasThere, lastUsedMs: lastMs });
    }
    this.#hasLooked = true;
    return inUse;
  }

  /** Images that may go, in the order in which they should. */
  #candidates(inUse: ReadonlySet<string>): KnownImage[] {
    const never = Number.NEGATIVE_INFINITY;
    return [...this.#known.values()]
      .filter(({ image }) => !image.pinned && !isUsed(image, inUse))
      .sort((a, b) => orderOf(a.lastUsedMs ?? never, b.lastUsedMs ?? never) || a.firstSeenMs - b.firstSeenMs);
  }

  /** Removes until so many bytes are free; answers how many are. */
  async #remove(images: readonly KnownImage[], wantedBytes: number): Promise<number> {
    const { runtime, logger } = this.#node;
    let freedBytes = 0;
    for (const { image } of images) {
      if (freedBytes >= wantedBytes) break;
      try {
        await runtime.removeImage(image.id);
        this.#known.delete(image.id);
        freedBytes += image.sizeBytes;
        logger.info({ image: image.tags[0] ?? image.id, bytes: image.sizeBytes }, "removed an unused image");
      } catch (error) {
        logger.warn({ err: error, image: image.id }, "could not remove an unused image");
      }
    }
    return freedBytes;
  }

  #tellFailure(wantedBytes: number, freedBytes: number): void {
    const { recorder, options } = this.#node;
    const message = `Failed to garbage collect required amount of images. Attempted to free ${wantedBytes} bytes, but only found ${freedBytes} bytes eligible to free.`;
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: options.nodeName } };
    recorder.event(node, "Warning", "FreeDiskSpaceFailed", message);
  }
}

function isUsed({ id, tags, digests }: Image, inUse: ReadonlySet<string>): boolean {
  return inUse.has(id) || [...tags, ...digests].some((name) => inUse.has(name));
}

function orderOf(left: number, right: number): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
