import { AsyncLocalStorage } from "node:async_hooks";

/** Whether the platform may still be called. Cheap: it reads a clock, not a network. */
export type MayCall = () => boolean;

const held = new AsyncLocalStorage<MayCall>();

/**
 * Makes a platform call that depends on a right which may be lost meanwhile: a lease, or the time for the call. The HTTP
 * client asks `mayCall` right before it writes a request, and again before each further piece of a body, and writes nothing
 * after a no. An abort signal alone cannot do that: a process that stood still reads its sockets before it fires its
 * timers, so it would still write the request that waited for its connection. Of nested rights all must hold.
 */
export function callWhile<T>(mayCall: MayCall, call: () => T): T {
  const outer = rightToCall();
  return held.run(() => outer() && mayCall(), call);
}

/** The right that the running call depends on; yes to everything outside `callWhile`. */
export function rightToCall(): MayCall {
  return held.getStore() ?? always;
}

function always(): boolean {
  return true;
}
