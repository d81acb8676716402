/** The content of a file, and what its last sync left of it. */
export interface UnsyncedFile {
  readonly size: number;
  read(offset: number, bytes: number): Buffer;
  write(offset: number, data: Uint8Array): void;
  /** Cuts the file or fills it up with zeros. */
  resize(size: number): void;
  /** Makes the present content survive {@link UnsyncedFile.cut}. */
  sync(): void;
  /** Returns to the content of the last sync. */
  cut(): void;
}

/** What a change replaced. */
interface Former {
  readonly size: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Creates an empty file. Until its first sync, a cut leaves it empty. */
export function createUnsyncedFile(): UnsyncedFile {
  let buffer = Buffer.alloc(0);
  let size = 0;
  let formers: Former[] = [];

  const reserve = (bytes: number): void => {
    if (bytes <= buffer.length) return;
    const larger = Buffer.alloc(Math.max(bytes, 2 * buffer.length, 4_096));
    buffer.copy(larger, 0, 0, size);
    buffer = larger;
  };
  /** Keeps what lies from `start` to `end`. */
  const remember = (start: number, end: number): void => {
    const bytes = Buffer.from(buffer.subarray(Math.min(start, size), Math.min(end, size)));
    formers.push({ size, offset: start, bytes });
  };
  const setSize = (next: number): void => {
    reserve(next);
    if (next > size) buffer.fill(0, size, next);
    size = next;
  };

  return {
    get size() {
      return size;
    },
    read: (offset, bytes) =>
      Buffer.from(buffer.subarray(Math.min(offset, size), Math.min(offset + bytes, size))),
    write(offset, data) {
      const end = offset + data.length;
      remember(offset, end);
      setSize(Math.max(size, end));
      buffer.set(data, offset);
    },
    resize(next) {
      remember(next, size);
      setSize(next);
    },
    sync() {
      formers = [];
    },
    cut() {
      for (const former of formers.toReversed()) {
        setSize(former.size);
        former.bytes.copy(buffer, former.offset);
      }
      formers = [];
    },
  };
}
