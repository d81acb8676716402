import { resealAll } from "@mio/sealing";
import type { Io } from "../io.ts";
import { openCredentialStore, requireKeyRing } from "./open-credential-store.ts";

export interface Rotated {
  /** True if the current key opens all credentials, so that older keys are no longer needed. */
  readonly ok: boolean;
  readonly keyVersion: number;
  readonly resealed: readonly string[];
  readonly unchanged: number;
  readonly unreadable: readonly string[];
}

/** A service may renew credentials during a round; they are checked again in the next one. */
const maxRounds = 5;

export async function rotate(io: Pick<Io, "env">): Promise<Rotated> {
  await using opened = await openCredentialStore(io);
  const keyRing = requireKeyRing(opened);
  const first = await resealAll(opened.store, keyRing);
  const resealed = [...first.resealed];
  let last = first;
  for (let round = 1; last.changed.length > 0 && round < maxRounds; round += 1) {
    last = await resealAll(opened.store, keyRing);
    resealed.push(...last.resealed);
  }
  const unreadable = [...last.unreadable, ...last.changed];
  return {
    ok: unreadable.length === 0,
    keyVersion: keyRing.currentVersion,
    resealed,
    unchanged: first.unchanged,
    unreadable,
  };
}

/** The result as lines of text. */
export function describe({ keyVersion, resealed, unchanged, unreadable }: Rotated): readonly string[] {
  return [
    `key ${keyVersion}: re-sealed ${resealed.length}, unchanged ${unchanged}`,
    ...unreadable.map(
      (id) =>
        `account ${id} cannot be opened: no identity fits; keep the older identities, or store its secrets again`,
    ),
  ];
}
