import { randomBytes } from "node:crypto";
import { createBoundedMap } from "@mio/pacing";
import type { NextId } from "../identifiers.ts";
import type { SlackFile } from "../model.ts";

/** Total size of the files kept; the oldest are dropped. */
const maxFileBytes = 256 * 1024 * 1024;
/** Number of open uploads kept. */
const maxTickets = 1_000;

export interface NewFile {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
  readonly userId: string;
  readonly title?: string;
}

/** An announced upload. `secret` is part of its URL. */
export interface UploadTicket {
  readonly secret: string;
  readonly fileId: string;
  readonly name: string;
  readonly length: number;
}

export interface FileStore {
  storeFile(file: NewFile): SlackFile;
  findFile(id: string): SlackFile | undefined;
  bytesOf(id: string): Uint8Array | undefined;
  retitle(id: string, title: string): void;
  /** Announces an upload and returns its ticket. */
  openUpload(upload: { readonly name: string; readonly length: number }): UploadTicket;
  findUpload(secret: string): UploadTicket | undefined;
  /** Stores the bytes under the announced id. */
  completeUpload(ticket: UploadTicket, file: Pick<NewFile, "mime" | "bytes" | "userId">): SlackFile;
}

export function createFileStore(nextId: NextId, now: () => Date): FileStore {
  const files = new Map<string, { readonly file: SlackFile; readonly bytes: Uint8Array }>();
  const tickets = createBoundedMap<string, UploadTicket>(maxTickets);
  let total = 0;

  const put = (id: string, { name, mime, bytes, userId, title = name }: NewFile): SlackFile => {
    total += bytes.byteLength - (files.get(id)?.bytes.byteLength ?? 0);
    const file = { id, name, title, mime, size: bytes.byteLength, userId, createdAt: now() };
    files.set(id, { file, bytes });
    for (const [oldId, old] of files) {
      if (total <= maxFileBytes || oldId === id) break;
      files.delete(oldId);
      total -= old.bytes.byteLength;
    }
    return file;
  };

  return {
    storeFile: (file) => put(nextId("F"), file),
    findFile: (id) => files.get(id)?.file,
    bytesOf: (id) => files.get(id)?.bytes,
    retitle(id, title) {
      const kept = files.get(id);
      if (kept) files.set(id, { ...kept, file: { ...kept.file, title } });
    },
    openUpload(upload) {
      const ticket = { secret: randomBytes(24).toString("base64url"), fileId: nextId("F"), ...upload };
      tickets.set(ticket.secret, ticket);
      return ticket;
    },
    findUpload: (secret) => tickets.peek(secret),
    completeUpload: (ticket, file) => put(ticket.fileId, { ...file, name: ticket.name }),
  };
}
