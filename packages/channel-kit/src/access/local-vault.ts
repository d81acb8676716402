import type { Credentials, CredentialVault } from "./credentials.ts";

/** A vault in memory, for tests and for a process without a key to seal credentials with. */
export function createLocalVault(initial?: Omit<Credentials, "version">): CredentialVault {
  let version = 0;
  let held: Credentials | undefined = initial && { ...initial, version: String(version) };
  let busy: Promise<unknown> = Promise.resolve();
  return {
    read: () => Promise.resolve(held),
    renew: ({ staleVersion, ask }) => {
      const turn = busy.then(async () => {
        if (held !== undefined && held.version !== staleVersion) return held;
        const renewed = await ask(held);
        version += 1;
        held = { ...renewed, version: String(version) };
        return held;
      });
      busy = turn.catch(() => undefined);
      return turn;
    },
    report: () => Promise.resolve(),
  };
}
