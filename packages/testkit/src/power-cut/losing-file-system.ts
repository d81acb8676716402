import {
  errors,
  type FuseRequest,
  type NodeAttributes,
  operations,
  readNames,
  toAttributesReply,
  toEntries,
  toEntry,
  toInit,
  toOpened,
  toStatistics,
  toWritten,
} from "./fuse-wire.ts";
import { createUnsyncedFile, type UnsyncedFile } from "./unsynced-file.ts";

/** Answers the kernel from memory. */
export interface LosingFileSystem {
  /** An error number, the content of the answer, or undefined if the kernel expects none. */
  answer(request: FuseRequest): number | Buffer | undefined;
  /** Makes everything written so far survive a cut. */
  flush(): void;
  /** Drops what no sync has made safe. Names, sizes of folders and removals survive. */
  cut(): void;
}

interface Folder {
  readonly kind: "folder";
  readonly id: number;
  readonly names: Map<string, Node>;
}

interface File {
  readonly kind: "file";
  readonly id: number;
  readonly content: UnsyncedFile;
  mode: number;
}

type Node = Folder | File;

/** Set by O_SYNC and O_DSYNC: a write is safe when it returns. */
const syncedFlag = 0x1000;
const modeChanged = 1;
const sizeChanged = 8;

export function createLosingFileSystem(): LosingFileSystem {
  const nodes = new Map<number, Node>();
  const add = <New extends Node>(make: (id: number) => New): New => {
    const node = make(nodes.size + 1);
    nodes.set(node.id, node);
    return node;
  };
  const addFolder = (): Folder => add((id) => ({ kind: "folder", id, names: new Map() }));
  const addFile = (mode: number): File =>
    add((id) => ({ kind: "file", id, content: createUnsyncedFile(), mode }));
  addFolder();
  const files = (): readonly File[] => [...nodes.values()].filter((node) => node.kind === "file");

  return {
    answer(request) {
      const { operation, node: id } = request;
      if (unanswered.has(operation)) return undefined;
      if (operation === operations.init) return toInit();
      if (operation === operations.statfs) return toStatistics();
      const node = nodes.get(id);
      return node === undefined ? errors.noEntry : answerNode(node, request, { nodes, addFolder, addFile });
    },
    flush() {
      for (const { content } of files()) content.sync();
    },
    cut() {
      for (const { content } of files()) content.cut();
    },
  };
}

const unanswered: ReadonlySet<number> = new Set([
  operations.forget,
  operations.batchForget,
  operations.interrupt,
]);

interface Making {
  readonly nodes: ReadonlyMap<number, Node>;
  addFolder(): Folder;
  addFile(mode: number): File;
}

function answerNode(node: Node, request: FuseRequest, making: Making): number | Buffer {
  const { operation, body } = request;
  if (operation === operations.getattr) return toAttributesReply(attributesOf(node));
  if (operation === operations.setattr) return change(node, body);
  return node.kind === "file" ? answerFile(node, request) : answerFolder(node, request, making);
}

function attributesOf(node: Node): NodeAttributes {
  const { id } = node;
  if (node.kind === "folder") return { id, isFolder: true, size: 0, mode: 0o755 };
  return { id, isFolder: false, size: node.content.size, mode: node.mode };
}

function change(node: Node, body: Buffer): Buffer {
  const changed = body.readUInt32LE(0);
  if (node.kind === "file") {
    if (changed & sizeChanged) node.content.resize(Number(body.readBigUInt64LE(16)));
    if (changed & modeChanged) node.mode = body.readUInt32LE(68);
  }
  return toAttributesReply(attributesOf(node));
}

function answerFile({ content }: File, { operation, body }: FuseRequest): number | Buffer {
  switch (operation) {
    case operations.open:
      return toOpened();
    case operations.read:
      return content.read(Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
    case operations.write: {
      const bytes = body.readUInt32LE(16);
      content.write(Number(body.readBigUInt64LE(8)), body.subarray(40, 40 + bytes));
      if (body.readUInt32LE(32) & syncedFlag) content.sync();
      return toWritten(bytes);
    }
    case operations.fsync:
      content.sync();
      return Buffer.alloc(0);
    default:
      return errors.notSupported;
  }
}

function answerFolder({ names }: Folder, request: FuseRequest, making: Making): number | Buffer {
  const { operation, body } = request;
  switch (operation) {
    case operations.lookup: {
      const found = names.get(readNames(body, 0)[0] ?? "");
      return found === undefined ? errors.noEntry : toEntry(attributesOf(found));
    }
    case operations.mkdir:
      return enter(names, readNames(body, 8)[0] ?? "", making.addFolder());
    case operations.create: {
      const entry = enter(names, readNames(body, 16)[0] ?? "", making.addFile(body.readUInt32LE(4)));
      return typeof entry === "number" ? entry : Buffer.concat([entry, toOpened()]);
    }
    case operations.unlink:
    case operations.rmdir:
      return remove(names, readNames(body, 0)[0] ?? "");
    case operations.rename:
      return rename(names, body, making.nodes);
    case operations.readdir:
      return list(names, body);
    default:
      return errors.notSupported;
  }
}

function enter(names: Map<string, Node>, name: string, node: Node): number | Buffer {
  if (names.has(name)) return errors.exists;
  names.set(name, node);
  return toEntry(attributesOf(node));
}

function remove(names: Map<string, Node>, name: string): number | Buffer {
  const found = names.get(name);
  if (found === undefined) return errors.noEntry;
  if (found.kind === "folder" && found.names.size > 0) return errors.notEmpty;
  names.delete(name);
  return Buffer.alloc(0);
}

function rename(names: Map<string, Node>, body: Buffer, nodes: ReadonlyMap<number, Node>): number | Buffer {
  const [from = "", to = ""] = readNames(body, 8);
  const target = nodes.get(Number(body.readBigUInt64LE(0)));
  const moved = names.get(from);
  if (moved === undefined || target?.kind !== "folder") return errors.noEntry;
  names.delete(from);
  target.names.set(to, moved);
  return Buffer.alloc(0);
}

function list(names: ReadonlyMap<string, Node>, body: Buffer): Buffer {
  const entries = [...names].map(([name, { id, kind }]) => ({ name, id, isFolder: kind === "folder" }));
  return toEntries(entries, Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
}
