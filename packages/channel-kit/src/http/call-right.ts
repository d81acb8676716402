import { AsyncLocalStorage } from "node:async_hooks";

/** Whether the platform may still be called. Cheap: it reads a clock, not a network. */
export type MayCall = () => boolean;

const held = new AsyncLocalStorage<MayCall>();

/**
 * Makes a platform call that depends on a right which may be lost during the call: a lease, or the time for the call.
 * The HTTP client calls `mayCall` before it writes a request and before each further chunk of a body, and writes
 * nothing if it returns false. An abort signal alone is not enough: after a pause, a process reads its sockets before
 * it fires its timers, so it would still write the request that waited for its connection. Nested rights must all be
 * valid.
 */
export function callWhile<T>(mayCall: MayCall, call: () => T): T {
  const outer = rightToCall();
  return held.run(() => outer() && mayCall(), call);
}

/** The right of the current call; outside `callWhile` it is always valid. */
export function rightToCall(): MayCall {
  return held.getStore() ?? always;
}

function always(): boolean {
  return true;
}
