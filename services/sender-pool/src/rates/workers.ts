import type { Room } from "@mio/bus";

/** The account that calls, and the platform that it calls. */
export interface Caller {
  readonly accountId: string;
  /** The part of the platform that fails as a whole. */
  readonly host: string;
}

/** Whether the platform answered a call at all. */
export type CallEnd = "answered" | "silent";

/** The right to one platform call at a time; disposing releases it. */
export interface Slot extends Disposable {
  /** Reports how the call in this slot ended. */
  ended(end: CallEnd): void;
}

/** The platform calls of one process. */
export interface Workers {
  /**
   * Waits for a slot: within an account first come, first served, between accounts in turns. Rejects when `signal` aborts.
   */
  acquire(caller: Caller, signal: AbortSignal): Promise<Slot>;
  /** Whether a slot is free for the account. */
  hasSlot(caller: Caller): boolean;
  /** A slot for the account if one is free. */
  tryAcquire(caller: Caller): Slot | undefined;
  readonly inFlight: number;
  /** Accounts and hosts with an open breaker: they stopped answering and get one call at a time. */
  readonly silent: { readonly accounts: number; readonly hosts: number };
}

export interface WorkerLimits {
  /** Bounds memory and sockets only. */
  readonly total: number;
  readonly perHost: number;
  readonly perAccount: number;
}

/** Deadlines in a row after which the breaker of an account opens: one call at a time probes it. */
const silentCalls = 3;
/** Accounts in a row without an answer, after which the breaker of their host opens: one call probes it for all. */
const silentAccounts = 3;
/** Calls at once of an account whose platform has not answered yet. */
const firstCalls = 4;
/** An account may use this part of the free slots of its host, so that others find some. */
const shareOfFree = 1 / 4;

interface Host {
  running: number;
  /** Answers so far, so that a call knows whether the host has answered since it began. */
  answers: number;
  /** Accounts whose calls got no answer while the host answered no other call. */
  readonly silent: Set<string>;
}

interface Account {
  readonly host: Host;
  running: number;
  /** One call more than the platform has been seen to answer at once. */
  window: number;
  /** Calls in a row without an answer. */
  silent: number;
  readonly waiting: Set<() => void>;
}

/**
 * Bounds platform calls for each account and each host, with a circuit breaker for both. A caller that waits for a slot
 * blocks no other. With each answer an account may make one more call at once. So an account whose platform hangs takes
 * only a few slots before its breaker opens.
 */
export function createWorkers(limits: WorkerLimits): Workers {
  const { hosts, accounts, find, forget } = createParties();
  /** Accounts with waiting calls, in the order in which they are served. */
  const line = new Map<string, Account>();
  let running = 0;

  const mayStart = (account: Account): boolean => running < limits.total && isAllowed(account, limits);

  /** Moves an account behind all others. */
  const moveBack = (id: string, account: Account): void => {
    line.delete(id);
    if (account.waiting.size > 0) line.set(id, account);
    forget(id, account);
  };

  const change = (id: string, account: Account, by: 1 | -1): void => {
    running += by;
    account.running += by;
    account.host.running += by;
    moveBack(id, account);
  };

  /** Starts one call of each account that may start one; returns whether there was any. */
  const serveEach = (): boolean => {
    let served = false;
    for (const [id, account] of once(line)) {
      const [first] = account.waiting;
      if (first === undefined || !mayStart(account)) continue;
      account.waiting.delete(first);
      change(id, account, 1);
      first();
      served = true;
    }
    return served;
  };
  const serve = (): void => {
    while (line.size > 0 && running < limits.total && serveEach());
  };

  const wait = createLine({ line, forget });
  const slotOf = (id: string, account: Account): Slot => {
    const { answers } = account.host;
    return {
      ended: (end) => {
        note(account, { id, end, answers });
        serve();
      },
      [Symbol.dispose]: () => {
        change(id, account, -1);
        serve();
      },
    };
  };

  const hasSlot = (caller: Caller): boolean => {
    const account = find(caller);
    forget(caller.accountId, account);
    return mayStart(account);
  };

  const tryAcquire = (caller: Caller): Slot | undefined => {
    // No call of the account waits when it may start one.
    if (!hasSlot(caller)) return undefined;
    const account = find(caller);
    change(caller.accountId, account, 1);
    return slotOf(caller.accountId, account);
  };

  return {
    get inFlight() {
      return running;
    },
    get silent() {
      return {
        accounts: [...accounts.values()].filter(({ silent }) => silent >= silentCalls).length,
        hosts: [...hosts.values()].filter(isSilent).length,
      };
    },
    async acquire(caller, signal) {
      signal.throwIfAborted();
      const free = tryAcquire(caller);
      if (free !== undefined) return free;
      const account = find(caller);
      await wait(caller.accountId, account, signal);
      return slotOf(caller.accountId, account);
    },
    hasSlot,
    tryAcquire,
  };
}

/** Walks the entries of now, and not again those that move back meanwhile. */
function* once<Key, Value>(entries: ReadonlyMap<Key, Value>) {
  let left = entries.size;
  for (const entry of entries) {
    if (left === 0) return;
    left -= 1;
    yield entry;
  }
}

interface LineDeps {
  readonly line: Map<string, Account>;
  readonly forget: (id: string, account: Account) => void;
}

/** Makes a call of an account wait until it is served or `signal` aborts. */
function createLine({ line, forget }: LineDeps) {
  return async (id: string, account: Account, signal: AbortSignal): Promise<void> => {
    const { promise: started, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      if (!account.waiting.delete(resolve)) return;
      if (account.waiting.size === 0) line.delete(id);
      forget(id, account);
      reject(signal.reason);
    };
    account.waiting.add(resolve);
    line.set(id, account);
    signal.addEventListener("abort", giveUp, { once: true });
    await started.finally(() => signal.removeEventListener("abort", giveUp));
  };
}

/** The accounts and hosts of the calls. An idle account without failures is forgotten. */
function createParties() {
  const hosts = new Map<string, Host>();
  const accounts = new Map<string, Account>();
  const find = ({ accountId, host: name }: Caller): Account => {
    const known = accounts.get(accountId);
    if (known !== undefined) return known;
    const host = hosts.get(name) ?? { running: 0, answers: 0, silent: new Set() };
    hosts.set(name, host);
    const account = { host, running: 0, window: firstCalls, silent: 0, waiting: new Set<() => void>() };
    accounts.set(accountId, account);
    return account;
  };
  const forget = (id: string, { running, waiting, silent }: Account): void => {
    if (running === 0 && waiting.size === 0 && silent === 0) accounts.delete(id);
  };
  return { hosts, accounts, find, forget };
}

function isAllowed(account: Account, { perHost, perAccount }: WorkerLimits): boolean {
  const { host, running, window, silent } = account;
  const free = perHost - host.running;
  if (free <= 0) return false;
  // One probe for all accounts that failed. The first call of an account without failures is a further probe.
  if (isSilent(host)) return silent === 0 ? running === 0 : host.running === 0;
  if (silent >= silentCalls) return running === 0;
  return running < Math.min(perAccount, window, Math.max(1, Math.floor(free * shareOfFree)));
}

function isSilent({ silent }: Host): boolean {
  return silent.size >= silentAccounts;
}

interface Ended {
  readonly id: string;
  readonly end: CallEnd;
  /** Of the host, when the call began. */
  readonly answers: number;
}

function note(account: Account, { id, end, answers }: Ended): void {
  const { host } = account;
  if (end === "answered") {
    account.silent = 0;
    account.window = Math.max(firstCalls, account.running + 1);
    host.answers += 1;
    host.silent.clear();
    return;
  }
  account.silent += 1;
  // A host that has answered others since then is available.
  if (host.answers === answers) host.silent.add(id);
}

/**
 * Limits the commands that this process has in memory, by number and by bytes. From half of the bytes on, commands that
 * wait release theirs.
 */
export function createHeldCommands(limits: {
  readonly commands: number;
  readonly bytes: number;
}): Room & { readonly taken: number } {
  let taken = 0;
  let heldBytes = 0;
  return {
    get taken() {
      return taken;
    },
    isTight: () => heldBytes >= limits.bytes / 2,
    free: () => (heldBytes >= limits.bytes ? 0 : limits.commands - taken),
    take: (bytes) => {
      taken += 1;
      heldBytes += bytes;
    },
    give: (bytes) => {
      taken -= 1;
      heldBytes -= bytes;
    },
  };
}
