import type { Room } from "@mio/bus";

/** Places for commands in this process, shared by all accounts. */
export function createRoom(places: number): Room & { readonly taken: number } {
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    free: () => places - taken,
    take: () => {
      taken += 1;
    },
    give: () => {
      taken -= 1;
    },
  };
}
