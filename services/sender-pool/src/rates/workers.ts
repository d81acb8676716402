/** Who wants to call a platform. */
export interface Caller {
  readonly accountId: string;
  /** The platform's address, as far as it can fail as a whole. */
  readonly host: string;
}

/** How a platform call ended, as far as it tells whether the platform answers at all. */
export type CallEnd = "answered" | "silent";

/** Room for one platform call; disposing gives it back. */
export interface Place extends Disposable {
  /** Tells how a call ended that was made in this place. */
  ended(end: CallEnd): void;
}

/** The platform calls of one process. */
export interface Workers {
  /**
   * Resolves when the account may make a platform call. Within an account first come, first served; between accounts in
   * turns. Rejects when `signal` aborts.
   */
  enter(caller: Caller, signal: AbortSignal): Promise<Place>;
  /** Whether the account may make a call at once. */
  hasPlace(caller: Caller): boolean;
  /** A place for the account if it may make a call at once. */
  tryEnter(caller: Caller): Place | undefined;
  readonly inFlight: number;
  /** Accounts and hosts that get one call at a time, because they have stopped answering. */
  readonly silent: { readonly accounts: number; readonly hosts: number };
}

export interface WorkerLimits {
  /** Bounds memory and sockets only. */
  readonly total: number;
  readonly perHost: number;
  readonly perAccount: number;
}

/** Deadlines in a row after which an account is probed by one call at a time. */
const silentCalls = 3;
/** Accounts in a row that got no answer, after which they are probed by one call at a time together. */
const silentAccounts = 3;
/** Calls at once of an account that has not shown yet that its platform answers. */
const firstCalls = 4;
/** An account may take no more than this part of what its host has left, so that something is left for others. */
const shareOfFree = 1 / 4;

interface Host {
  running: number;
  /** Counts the answers, so that a call can tell whether there was one since it began. */
  answers: number;
  /** Whose calls ended without an answer while the host gave no answer at all. */
  readonly silent: Set<string>;
}

interface Account {
  readonly host: Host;
  running: number;
  /** Calls at once with which its platform was seen to answer, and one more. */
  window: number;
  /** Calls in a row without an answer. */
  silent: number;
  readonly waiting: Set<() => void>;
}

/**
 * Bounds platform calls for each account and each host, with a circuit breaker for both. What waits for a place holds
 * nothing that others need. An account has one call more at once with each answer, so that one whose platform hangs
 * takes only a few places before its breaker opens.
 */
export function createWorkers(limits: WorkerLimits): Workers {
  const { hosts, accounts, find, forget } = createParties();
  /** Accounts with calls that wait, in the order in which they are served next. */
  const line = new Map<string, Account>();
  let running = 0;

  const mayStart = (account: Account): boolean => running < limits.total && isAllowed(account, limits);

  /** To the end of the line: everybody else has a turn first. */
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

  /** One call of each account that may have one; whether there was any. */
  const serveEach = (): boolean => {
    let served = false;
    for (const [id, account] of [...line]) {
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
    while (serveEach());
  };

  const wait = createLine({ line, forget });
  const placeOf = (id: string, account: Account): Place => {
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

  const hasPlace = (caller: Caller): boolean => {
    const account = find(caller);
    forget(caller.accountId, account);
    return mayStart(account);
  };

  const tryEnter = (caller: Caller): Place | undefined => {
    // None of the account waits when it may start a call.
    if (!hasPlace(caller)) return undefined;
    const account = find(caller);
    change(caller.accountId, account, 1);
    return placeOf(caller.accountId, account);
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
    async enter(caller, signal) {
      signal.throwIfAborted();
      const free = tryEnter(caller);
      if (free !== undefined) return free;
      const account = find(caller);
      await wait(caller.accountId, account, signal);
      return placeOf(caller.accountId, account);
    },
    hasPlace,
    tryEnter,
  };
}

interface LineDeps {
  readonly line: Map<string, Account>;
  readonly forget: (id: string, account: Account) => void;
}

/** Lets a call of an account wait until its turn comes or `signal` aborts. */
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

/** Who calls, and whom; an account is forgotten when nothing is known of it. */
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
  // One probe for all accounts that failed. Another is a probe itself, and waits for none that may hang.
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
  // A host that answered others meanwhile is well.
  if (host.answers === answers) host.silent.add(id);
}
