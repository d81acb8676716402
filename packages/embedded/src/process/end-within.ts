import type { GuardedChild } from "./guarded-child.ts";

/** Asks a child to end and kills it when it has not done so in time. Resolves when it is gone. */
export async function endWithin(child: GuardedChild, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (child.hasExited()) return;
  // A frozen process takes no other signal.
  child.signal("SIGCONT");
  child.signal(signal);
  const timer = setTimeout(() => child.signal("SIGKILL"), graceMs);
  await child.exited;
  clearTimeout(timer);
}
