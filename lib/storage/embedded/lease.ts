/** A key that is to go at a time, if its newest revision is still the one that was given a time to live. */
export interface Lease {
  /** Its key in the table of leases. */
  id: Uint8Array;
  key: string;
  revision: number;
  /** Milliseconds since the epoch. */
  endsAt: number;
}

/** Orders leases by their end; the revision names the write that the lease belongs to. */
export function leaseId(endsAt: number, revision: number): Buffer {
  const id = Buffer.allocUnsafe(12);
  id.writeUIntBE(endsAt, 0, 6);
  id.writeUIntBE(revision, 6, 6);
  return id;
}
