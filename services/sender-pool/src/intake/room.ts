import type { Room } from "@mio/bus";

/**
 * Places for commands in this process, shared by all accounts; full as well when what they hold is too large. From half
 * of that on, what waits for its turn lets go of its bytes.
 */
export function createRoom(limits: {
  readonly places: number;
  readonly bytes: number;
}): Room & { readonly taken: number } {
  let taken = 0;
  let held = 0;
  return {
    get taken() {
      return taken;
    },
    isTight: () => held >= limits.bytes / 2,
    free: () => (held >= limits.bytes ? 0 : limits.places - taken),
    take: (bytes) => {
      taken += 1;
      held += bytes;
    },
    give: (bytes) => {
      taken -= 1;
      held -= bytes;
    },
  };
}
