import type { Faults } from "./fault-board.ts";

/** Does what `POST /sim/faults` asks: clears first, then sets. Returns the faults that are on, as JSON. */
export async function switchFaults<Name extends string, Setting extends { readonly name: Name }>(
  faults: Pick<Faults<Name, Omit<Setting, "name">>, "set" | "clear" | "settled"> & Observable,
  { set, clear }: { readonly set: readonly Setting[]; readonly clear: true | Name | undefined },
): Promise<{ readonly active: readonly object[] }> {
  if (clear !== undefined) faults.clear(clear === true ? undefined : clear);
  for (const { name, ...options } of set) faults.set(name, options);
  await faults.settled();
  return { active: faults.active() };
}

interface Observable {
  active(): readonly object[];
}
