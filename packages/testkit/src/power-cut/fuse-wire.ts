/** Requests of the kernel that a file system answers, by the number in `linux/fuse.h`. */
export const operations = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  mkdir: 9,
  unlink: 10,
  rmdir: 11,
  rename: 12,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  fsync: 20,
  init: 26,
  readdir: 28,
  create: 35,
  interrupt: 36,
  batchForget: 42,
} as const;

export const errors = { noEntry: 2, exists: 17, notEmpty: 39, notSupported: 38 } as const;

export interface FuseRequest {
  readonly operation: number;
  readonly unique: bigint;
  readonly node: number;
  readonly body: Buffer;
}

/** What a node is, as the kernel sees it. */
export interface NodeAttributes {
  readonly id: number;
  readonly isFolder: boolean;
  readonly size: number;
  readonly mode: number;
}

const headerBytes = 40;
const folderType = 0o040000;
const fileType = 0o100000;
/** Largest write of one request. */
const maxWriteBytes = 128 * 1_024;

/** Space for the largest request. */
export const requestBytes: number = maxWriteBytes + 4_096;

export function readRequest(bytes: Buffer): FuseRequest {
  return {
    operation: bytes.readUInt32LE(4),
    unique: bytes.readBigUInt64LE(8),
    node: Number(bytes.readBigUInt64LE(16)),
    body: bytes.subarray(headerBytes),
  };
}

/** An error number, or the content of the answer. */
export function toReply(unique: bigint, answer: number | Buffer): Buffer {
  const body = typeof answer === "number" ? Buffer.alloc(0) : answer;
  const header = Buffer.alloc(16);
  header.writeUInt32LE(header.length + body.length, 0);
  header.writeInt32LE(typeof answer === "number" ? -answer : 0, 4);
  header.writeBigUInt64LE(unique, 8);
  return Buffer.concat([header, body]);
}

/** The names of a request, each ended by a zero byte. */
export function readNames(body: Buffer, offset: number): readonly string[] {
  return body.subarray(offset).toString("utf8").split("\0");
}

/** Version 7.31 without any optional feature. */
export function toInit(): Buffer {
  const init = Buffer.alloc(64);
  init.writeUInt32LE(7, 0);
  init.writeUInt32LE(31, 4);
  init.writeUInt32LE(maxWriteBytes, 8);
  init.writeUInt32LE(maxWriteBytes, 20);
  init.writeUInt32LE(1, 24);
  return init;
}

function toAttributes({ id, isFolder, size, mode }: NodeAttributes): Buffer {
  const attributes = Buffer.alloc(88);
  attributes.writeBigUInt64LE(BigInt(id), 0);
  attributes.writeBigUInt64LE(BigInt(size), 8);
  attributes.writeBigUInt64LE(BigInt(Math.ceil(size / 512)), 16);
  attributes.writeUInt32LE((isFolder ? folderType : fileType) | (mode & 0o7777), 60);
  attributes.writeUInt32LE(1, 64);
  attributes.writeUInt32LE(process.getuid?.() ?? 0, 68);
  attributes.writeUInt32LE(process.getgid?.() ?? 0, 72);
  attributes.writeUInt32LE(4_096, 80);
  return attributes;
}

/** The kernel keeps neither names nor attributes, so that a cut needs no notice. */
export function toAttributesReply(node: NodeAttributes): Buffer {
  return Buffer.concat([Buffer.alloc(16), toAttributes(node)]);
}

export function toEntry(node: NodeAttributes): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(BigInt(node.id), 0);
  return Buffer.concat([head, toAttributes(node)]);
}

/** An open file without a cache in the kernel: each write arrives here before it returns. */
export function toOpened(): Buffer {
  const opened = Buffer.alloc(16);
  opened.writeUInt32LE(1, 8);
  return opened;
}

export function toWritten(bytes: number): Buffer {
  const written = Buffer.alloc(8);
  written.writeUInt32LE(bytes, 0);
  return written;
}

/** A disk with much space. */
export function toStatistics(): Buffer {
  const statistics = Buffer.alloc(80);
  for (const offset of [0, 8, 16, 24, 32]) statistics.writeBigUInt64LE(1n << 28n, offset);
  statistics.writeUInt32LE(4_096, 40);
  statistics.writeUInt32LE(255, 44);
  statistics.writeUInt32LE(4_096, 48);
  return statistics;
}

/** As many entries from number `first` on as fit into `maxBytes`. */
export function toEntries(
  entries: readonly { readonly name: string; readonly id: number; readonly isFolder: boolean }[],
  first: number,
  maxBytes: number,
): Buffer {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const [at, { name, id, isFolder }] of entries.entries()) {
    if (at < first) continue;
    const text = Buffer.from(name);
    const part = Buffer.alloc((24 + text.length + 7) & ~7);
    if (bytes + part.length > maxBytes) break;
    part.writeBigUInt64LE(BigInt(id), 0);
    part.writeBigUInt64LE(BigInt(at + 1), 8);
    part.writeUInt32LE(text.length, 16);
    part.writeUInt32LE((isFolder ? folderType : fileType) >> 12, 20);
    text.copy(part, 24);
    parts.push(part);
    bytes += part.length;
  }
  return Buffer.concat(parts);
}
