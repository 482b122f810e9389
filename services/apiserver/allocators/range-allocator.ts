import { RangeAllocation } from "../../../gen/typernetes/core/v1/range_allocation.ts";
import { type Store, StoreError } from "../../../lib/storage/store.ts";
import { AllocationError } from "./allocation-error.ts";
import { Bitmap } from "./bitmap.ts";

export interface RangeAllocatorOptions {
  /** Where the allocations are in the store. */
  key: string;
  /** The range as text; what is stored for another range is forgotten, and comes back by repair. */
  range: string;
  size: number;
  /** Numbers below this are given to those who ask for them, and to others only when no more is left. */
  reservedSize: number;
  random: () => number;
}

type Outcome = { done: () => void; failed: (error: unknown) => void };
type Request = Outcome & { take?: number | undefined; free?: number; settle: (index: number) => void };

const attemptsMax = 20;

/**
 * Hands out numbers of a range, each to one holder, also between several apiservers: what is handed out is in the store
 * first. Requests that come together share one write.
 */
export class RangeAllocator {
  readonly #store: Store;
  readonly #options: RangeAllocatorOptions;
  /** As the store has it at `#revision`. */
  #stored: Bitmap;
  #revision: number | undefined;
  #queue: Request[] = [];
  #isWriting = false;

  constructor(store: Store, options: RangeAllocatorOptions) {
    this.#store = store;
    this.#options = options;
    this.#stored = new Bitmap(options.size);
  }

  /** Reads what is allocated. */
  async load(): Promise<void> {
    const entry = await this.#store.get(this.#options.key);
    this.#adopt(entry);
  }

  /** Takes `index`, or any free number. @throws AllocationError. */
  allocate(index?: number): Promise<number> {
    if (index !== undefined && (index < 0 || index >= this.#options.size)) {
      return Promise.reject(new AllocationError("OutOfRange", "not in the valid range"));
    }
    return new Promise((resolve, reject) => {
      let taken = -1;
      const settle = (chosen: number) => {
        taken = chosen;
      };
      this.#enqueue({ take: index, settle, done: () => resolve(taken), failed: reject });
    });
  }

  /** What `allocate` would answer now; takes nothing. */
  preview(index?: number): number {
    return this.#choose(this.#stored, index);
  }

  /** Gives a number back. */
  release(index: number): Promise<void> {
    if (index < 0 || index >= this.#options.size) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#enqueue({ free: index, settle: () => {}, done: resolve, failed: reject });
    });
  }

  has(index: number): boolean {
    return this.#stored.has(index);
  }

  /** All numbers that are taken. */
  allocated(): Iterable<number> {
    return this.#stored;
  }

  #enqueue(request: Request): void {
    this.#queue.push(request);
    if (this.#isWriting) return;
    this.#isWriting = true;
    // After the requests of this moment have all come.
    queueMicrotask(() => this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        for (const request of await this.#write(batch)) request.done();
      } catch (error) {
        for (const request of batch) request.failed(error);
      }
    }
    this.#isWriting = false;
  }

  /** Writes a batch; answers those that are served. The others have been told why not. */
  async #write(batch: readonly Request[]): Promise<Request[]> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const next = new Bitmap(this.#options.size, this.#stored.bytes());
      const served: Request[] = [];
      const refused: [Request, unknown][] = [];
      for (const request of batch) {
        try {
          this.#apply(next, request);
          served.push(request);
        } catch (error) {
          refused.push([request, error]);
        }
      }
      if (served.length === 0 || (await this.#commit(next))) {
        for (const [request, error] of refused) request.failed(error);
        return served;
      }
    }
    throw new StoreError("Unavailable", `${this.#options.key} is written by others all the time`);
  }

  #apply(bitmap: Bitmap, request: Request): void {
    if (request.free !== undefined) {
      bitmap.remove(request.free);
      return;
    }
    const index = this.#choose(bitmap, request.take);
    bitmap.add(index);
    request.settle(index);
  }

  #choose(bitmap: Bitmap, wanted: number | undefined): number {
    const { size, reservedSize, random } = this.#options;
    if (wanted !== undefined) {
      if (bitmap.has(wanted)) throw new AllocationError("Taken", "already allocated");
      return wanted;
    }
    const start = reservedSize + Math.floor(random() * (size - reservedSize));
    const index = bitmap.nextFree(start, reservedSize, size) ?? bitmap.nextFree(0, 0, reservedSize);
    if (index === undefined) throw new AllocationError("Full", "range is full");
    return index;
  }

  /** False when somebody else wrote in between; what they wrote is known then. */
  async #commit(next: Bitmap): Promise<boolean> {
    const { key, range } = this.#options;
    const value = RangeAllocation.encode({
      metadata: {},
      apiVersion: "v1",
      kind: "RangeAllocation",
      range,
      data: Buffer.from(next.bytes()).toString("base64"),
    }).finish();
    try {
      this.#revision =
        this.#revision === undefined
          ? await this.#store.create(key, value)
          : await this.#store.update(key, value, this.#revision);
      this.#stored = next;
      return true;
    } catch (error) {
      if (!(error instanceof StoreError) || !["Conflict", "Exists", "NotFound"].includes(error.code)) throw error;
      await this.load();
      return false;
    }
  }

  #adopt(entry: { value: Uint8Array; revision: number } | undefined): void {
    const { range, size } = this.#options;
    const held = entry && RangeAllocation.decode(entry.value);
    this.#revision = entry?.revision;
    const data = held?.range === range ? Buffer.from(held.data ?? "", "base64") : new Uint8Array();
    this.#stored = new Bitmap(size, data);
  }
}
