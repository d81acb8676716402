import { askJetStream, type Bus, streams } from "@mio/bus";
import { toMioError } from "@mio/failure";
import { type Clock, createBackoff, pause } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import { accountOf } from "../job/read-command.ts";

/** Says that a command is stored. */
export interface CommandNotice {
  /** The account, as the subject names it; undefined when that is not a subject of commands. */
  readonly account: string | undefined;
  readonly subject: string;
}

export interface WatchOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Called in every process. */
  readonly onNotify: (notice: CommandNotice) => void;
  /** Called for the same command in one process only. */
  readonly onNotifyOne: (notice: CommandNotice) => void;
  /** After each look at the stream. */
  readonly onLook: (look: Look) => void;
  /** The shortest pause between looks. Default 30,000. */
  readonly lookEveryMs?: number | undefined;
}

/** The contents of the stream. */
export interface Look {
  /** Commands that wait, by account. */
  readonly waiting: ReadonlyMap<string, number>;
  /** When the oldest command was stored; undefined when there is none. */
  readonly oldestAt: Date | undefined;
}

/** Finds commands whose notification came while this process was disconnected. */
const usualLookEveryMs = 30_000;
/** Each edit has its own subject. More subjects mean longer pauses between looks, so that they stay cheap. */
const subjectsPerMs = 1 / 3;
const pageTimeoutMs = 5_000;

/**
 * Reports the accounts that have commands: at once when the stream notifies of one, and from a look at the stream now and
 * then and after a lost connection. Resolves when `signal` aborts.
 */
export async function watchCommands(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { bus, logger, clock, onNotify, onNotifyOne, lookEveryMs = usualLookEveryMs } = options;
  const { notify } = streams.outbound;
  if (notify === undefined) return;
  const noticeOf = createReadNotice(notify.to.slice(0, -1));
  const subscribe = (report: (notice: CommandNotice) => void, queue?: string) =>
    bus.nc.subscribe(notify.to, {
      ...(queue !== undefined && { queue }),
      callback: (error, { subject }) => {
        if (error === null) report(noticeOf(subject));
      },
    });
  const subscriptions = [subscribe(onNotify), subscribe(onNotifyOne, "mio-sender-pool")];
  const backoff = createBackoff({ baseMs: 500, maxMs: 10_000 });
  let wake = new AbortController();
  const stopWatching = bus.onReconnect(() => wake.abort());
  for (let failures = 0; !signal.aborted; ) {
    wake = new AbortController();
    let pauseMs = lookEveryMs;
    try {
      const { notices, subjects, ...look } = await storedCommands(bus);
      for (const notice of notices) {
        onNotify(notice);
        onNotifyOne(notice);
      }
      options.onLook(look);
      pauseMs = Math.max(lookEveryMs, subjects / subjectsPerMs);
      failures = 0;
    } catch (error) {
      failures += 1;
      pauseMs = backoff.delayMs(failures);
      logger.warn({ err: toMioError(error) }, "intake.stream_not_read");
    }
    await pause(pauseMs, { clock, signal: AbortSignal.any([signal, wake.signal]) });
  }
  stopWatching();
  if (!bus.nc.isClosed()) for (const subscription of subscriptions) subscription.unsubscribe();
}

interface Page {
  readonly total?: number;
  readonly state?: {
    readonly messages: number;
    readonly first_ts: string;
    readonly subjects?: Readonly<Record<string, number>>;
  };
  readonly error?: { readonly description?: string };
}

interface Stored extends Look {
  /** One command of each account. */
  readonly notices: Iterable<CommandNotice>;
  /** How many subjects were read; they come in pages, and one page is in memory at a time. */
  readonly subjects: number;
}

async function storedCommands(bus: Bus): Promise<Stored> {
  const notices = new Map<string, CommandNotice>();
  const waiting = new Map<string, number>();
  for (let offset = 0; ; ) {
    const { state, total = 0 } = await askJetStream("commands", readPage(bus, offset));
    const subjects = Object.entries(state?.subjects ?? {});
    for (const [subject, count] of subjects) {
      const notice = toNotice(subject);
      const { account = subject } = notice;
      notices.set(account, notice);
      waiting.set(account, (waiting.get(account) ?? 0) + count);
    }
    offset += subjects.length;
    if (subjects.length > 0 && offset < total) continue;
    const oldestAt = state === undefined || state.messages === 0 ? undefined : new Date(state.first_ts);
    return { notices: notices.values(), subjects: offset, waiting, oldestAt };
  }
}

async function readPage({ requests }: Bus, offset: number): Promise<Page> {
  const query = { subjects_filter: "mio.outbound.>", offset };
  const answer = await requests.request({
    subject: `$JS.API.STREAM.INFO.${streams.outbound.name}`,
    payload: new TextEncoder().encode(JSON.stringify(query)),
    timeoutMs: pageTimeoutMs,
  });
  const page = answer.json<Page>();
  if (page.error !== undefined) throw new Error(page.error.description ?? "no description");
  return page;
}

/** Conversations whose notices are kept. */
const maxNotices = 10_000;

/** Reads notifications. Every process gets one for each command, so it parses the subject of a conversation once. */
function createReadNotice(prefix: string): (subject: string) => CommandNotice {
  const known = new Map<string, CommandNotice>();
  return (subject) => {
    const notice = known.get(subject) ?? toNotice(`mio.outbound.${subject.slice(prefix.length)}`);
    if (known.size >= maxNotices) known.clear();
    if (!known.has(subject)) known.set(subject, notice);
    return notice;
  };
}

function toNotice(subject: string): CommandNotice {
  return { account: accountOf(subject), subject };
}
