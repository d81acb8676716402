import { MioError } from "@mio/failure";

/** A map that forgets the entry that was unused for longest when it is full. */
export interface BoundedMap<Key, Value> extends Iterable<readonly [Key, Value]> {
  readonly size: number;
  /** Reads an entry and marks it as used. */
  get(key: Key): Value | undefined;
  /** Reads an entry without marking it as used. */
  peek(key: Key): Value | undefined;
  has(key: Key): boolean;
  /** Adds or replaces an entry and marks it as used. */
  set(key: Key, value: Value): void;
  delete(key: Key): boolean;
  clear(): void;
}

/**
 * Creates a map of at most `maxEntries` entries. It iterates from the entry unused for longest to the newest.
 *
 * @throws MioError `internal.misuse` when `maxEntries` is below 1.
 */
export function createBoundedMap<Key, Value>(maxEntries: number): BoundedMap<Key, Value> {
  if (!(maxEntries >= 1)) {
    throw new MioError("internal.misuse", "A bounded map needs room for at least one entry.", {
      details: { maxEntries },
    });
  }
  // A Map iterates in the order of insertion, so the first key is the one that was unused for longest.
  const entries = new Map<Key, Value>();
  const set = (key: Key, value: Value): void => {
    entries.delete(key);
    entries.set(key, value);
    if (entries.size <= maxEntries) return;
    for (const oldest of entries.keys()) {
      entries.delete(oldest);
      break;
    }
  };
  return {
    get size() {
      return entries.size;
    },
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    peek: (key) => entries.get(key),
    has: (key) => entries.has(key),
    set,
    delete: (key) => entries.delete(key),
    clear: () => entries.clear(),
    [Symbol.iterator]: () => entries.entries(),
  };
}
