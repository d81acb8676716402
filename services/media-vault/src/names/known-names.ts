import { type Clock, createBoundedMap } from "@mio/pacing";

/** Cache of names with expiry. Above the limit the least recently used one is dropped. */
export interface KnownNames {
  /** Empty if the platform has no name; undefined if it must be looked up. */
  get(key: string): string | undefined;
  set(key: string, name: string): void;
}

const foundMs = 3_600_000;
/** Shorter, because the person may become visible to the app. */
const unknownMs = 600_000;

export function createKnownNames({
  clock,
  max,
}: {
  readonly clock: Clock;
  readonly max: number;
}): KnownNames {
  const known = createBoundedMap<string, { readonly name: string; readonly until: number }>(max);
  return {
    get: (key) => {
      const entry = known.peek(key);
      if (entry === undefined || entry.until <= clock.now().getTime()) return undefined;
      known.set(key, entry);
      return entry.name;
    },
    set: (key, name) => {
      const until = clock.now().getTime() + (name === "" ? unknownMs : foundMs);
      known.set(key, { name, until });
    },
  };
}
