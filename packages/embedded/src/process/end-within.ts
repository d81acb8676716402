import type { GuardedChild } from "./guarded-child.ts";

/** Sends a child a signal to end, and kills it after `graceMs`. Resolves when it has exited. */
export async function endWithin(child: GuardedChild, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (child.hasExited()) return;
  // A frozen process handles no other signal.
  child.signal("SIGCONT");
  child.signal(signal);
  const timer = setTimeout(() => child.signal("SIGKILL"), graceMs);
  await child.exited;
  clearTimeout(timer);
}
