import { crc32 } from "node:zlib";

/**
 * A log record: one write, stored under its revision.
 *
 *     0  checksum of what follows, seeded with the revision   4 bytes
 *     4  flags                                                1
 *     5  the key's revision before this one, 0 for none       6
 *    11  length of the key                                    2
 *    13  key (UTF-8), then the value
 */
export interface LogRecord {
  key: string;
  /** Absent for a removal. */
  value: Uint8Array | undefined;
  /** The key's revision before this one (a removal counts); 0 when there was none. */
  previous: number;
  /** Whether the revision before this one holds a value. */
  replaces: boolean;
}

const headerBytes = 13;
const removalFlag = 1;
const replacesFlag = 2;

/** Bytes that a record of this key and value may take at most. */
export function recordBytesMax(key: string, value: Uint8Array | undefined): number {
  return headerBytes + key.length * 3 + (value?.length ?? 0);
}

/** Writes the record into `target` at `start`, and returns where it ends. */
export function encodeRecord(record: LogRecord, revision: number, target: Buffer, start: number): number {
  const keyLength = target.write(record.key, start + headerBytes, "utf8");
  target[start + 4] = (record.value ? 0 : removalFlag) | (record.replaces ? replacesFlag : 0);
  target.writeUIntBE(record.previous, start + 5, 6);
  target.writeUInt16BE(keyLength, start + 11);
  let end = start + headerBytes + keyLength;
  if (record.value) {
    target.set(record.value, end);
    end += record.value.length;
  }
  target.writeUInt32BE(checksum(target, start, end, revision), start);
  return end;
}

/** Reads a record, or undefined when its bytes are not those that were written under `revision`. */
export function decodeRecord(bytes: Buffer, revision: number): LogRecord | undefined {
  const end = bytes.length;
  if (end < headerBytes || bytes.readUInt32BE(0) !== checksum(bytes, 0, end, revision)) return undefined;
  const flags = bytes[4] ?? 0;
  const valueStart = headerBytes + bytes.readUInt16BE(11);
  return {
    key: bytes.toString("utf8", headerBytes, valueStart),
    value: flags & removalFlag ? undefined : bytes.subarray(valueStart),
    previous: bytes.readUIntBE(5, 6),
    replaces: (flags & replacesFlag) !== 0,
  };
}

function checksum(bytes: Buffer, start: number, end: number, revision: number): number {
  return crc32(bytes.subarray(start + 4, end), revision >>> 0);
}
