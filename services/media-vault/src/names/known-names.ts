import { type Clock, createBoundedMap } from "@mio/pacing";

/** Names that were looked up, for a while. At most so many; the one that was not asked for the longest goes first. */
export interface KnownNames {
  /** Empty when the platform has no name; undefined when it has to be asked. */
  get(key: string): string | undefined;
  set(key: string, name: string): void;
}

const foundMs = 3_600_000;
/** A person may be made visible to the app meanwhile. */
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
