import { askJetStream, type Bus, streams } from "@mio/bus";
import { toMioError } from "@mio/failure";
import { type Clock, createBackoff, type Logger } from "@mio/service-kit";
import { accountOf } from "../stored/end-stored.ts";

/** A command that is stored. */
export interface Heard {
  /** Whose it is, as its subject says; undefined when that is no subject of a command. */
  readonly account: string | undefined;
  readonly subject: string;
}

export interface HearOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly clock: Clock;
  /** In every process. */
  readonly onCommand: (heard: Heard) => void;
  /** For the same command in one process only, as long as one runs. */
  readonly onCommandOnce: (heard: Heard) => void;
  /** After each look at the stream. */
  readonly onLook: (look: Look) => void;
  /** The shortest pause between looks. Default 30,000. */
  readonly lookEveryMs?: number | undefined;
}

/** What the stream held when it was looked at. */
export interface Look {
  /** Commands that wait, by account. */
  readonly waiting: ReadonlyMap<string, number>;
  /** When the oldest command was stored; undefined when there is none. */
  readonly oldestAt: Date | undefined;
}

/** Backstop for a notify that rang while this process was not connected. */
const usualLookEveryMs = 30_000;
/** Each edit has a subject of its own: a look at so many is the rarer, the more there are, so that it stays cheap. */
const subjectsPerMs = 1 / 3;
const pageTimeoutMs = 5_000;

/**
 * Hears for which accounts there are commands: at once by the notification that the stream rings for each, and now and then, and
 * after a lost connection, by looking what the stream holds. Resolves when `signal` aborts.
 */
export async function hearCommands(options: HearOptions, signal: AbortSignal): Promise<void> {
  const { bus, logger, clock, onCommand, lookEveryMs = usualLookEveryMs } = options;
  const { notify } = streams.outbound;
  if (notify === undefined) return;
  const prefix = notify.to.slice(0, -1);
  const listen = (tell: (heard: Heard) => void, queue?: string) =>
    bus.nc.subscribe(notify.to, {
      ...(queue !== undefined && { queue }),
      callback: (error, { subject }) => {
        if (error === null) tell(toHeard(`mio.outbound.${subject.slice(prefix.length)}`));
      },
    });
  const subscriptions = [listen(onCommand), listen(options.onCommandOnce, "mio-sender-pool")];
  const backoff = createBackoff({ baseMs: 500, maxMs: 10_000 });
  let wake = new AbortController();
  const stopWatching = bus.onReconnect(() => wake.abort());
  for (let failures = 0; !signal.aborted; ) {
    wake = new AbortController();
    let pauseMs = lookEveryMs;
    try {
      const { heard, subjects, ...look } = await storedCommands(bus);
      for (const one of heard) {
        onCommand(one);
        options.onCommandOnce(one);
      }
      options.onLook(look);
      pauseMs = Math.max(lookEveryMs, subjects / subjectsPerMs);
      failures = 0;
    } catch (error) {
      failures += 1;
      pauseMs = backoff.delayMs(failures);
      logger.warn({ err: toMioError(error) }, "intake.stream_not_read");
    }
    await clock.sleep(pauseMs, AbortSignal.any([signal, wake.signal])).catch(() => undefined);
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
  readonly heard: Iterable<Heard>;
  /** How many were looked at; they come in pages, of which one is held. */
  readonly subjects: number;
}

async function storedCommands(bus: Bus): Promise<Stored> {
  const heard = new Map<string, Heard>();
  const waiting = new Map<string, number>();
  for (let offset = 0; ; ) {
    const { state, total = 0 } = await askJetStream("commands", readPage(bus, offset));
    const subjects = Object.entries(state?.subjects ?? {});
    for (const [subject, count] of subjects) {
      const one = toHeard(subject);
      const { account = subject } = one;
      heard.set(account, one);
      waiting.set(account, (waiting.get(account) ?? 0) + count);
    }
    offset += subjects.length;
    if (subjects.length > 0 && offset < total) continue;
    const oldestAt = state === undefined || state.messages === 0 ? undefined : new Date(state.first_ts);
    return { heard: heard.values(), subjects: offset, waiting, oldestAt };
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

function toHeard(subject: string): Heard {
  return { account: accountOf(subject), subject };
}
