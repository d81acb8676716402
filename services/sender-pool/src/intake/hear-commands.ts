import { askJetStream, type Bus, streams } from "@mio/bus";
import { toMioError } from "@mio/failure";
import { type Clock, createBackoff, type Logger } from "@mio/service-kit";
import { accountOf } from "../delivery/end-stored.ts";

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
  /** For what the stream is seen to hold, now and then. */
  readonly onStored: (heard: Heard) => void;
}

/** Backstop for a bell that rang while this process was not connected. */
const lookEveryMs = 30_000;

/**
 * Hears for which accounts there are commands: at once by the bell that the stream rings for each, and now and then, and
 * after a lost connection, by looking what the stream holds. Resolves when `signal` aborts.
 */
export async function hearCommands(options: HearOptions, signal: AbortSignal): Promise<void> {
  const { bus, logger, clock, onCommand } = options;
  const { bell } = streams.outbound;
  if (bell === undefined) return;
  const prefix = bell.to.slice(0, -1);
  const listen = (tell: (heard: Heard) => void, queue?: string) =>
    bus.nc.subscribe(bell.to, {
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
      for (const heard of onePerAccount(await storedSubjects(bus))) {
        onCommand(heard);
        options.onCommandOnce(heard);
        options.onStored(heard);
      }
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

async function storedSubjects({ jsm }: Bus): Promise<readonly string[]> {
  const { name } = streams.outbound;
  const { state } = await askJetStream(
    "commands",
    jsm.streams.info(name, { subjects_filter: "mio.outbound.>" }),
  );
  return Object.keys(state.subjects ?? {});
}

function onePerAccount(subjects: readonly string[]): Iterable<Heard> {
  const heard = subjects.map(toHeard);
  return new Map(heard.map((one) => [one.account ?? one.subject, one])).values();
}

function toHeard(subject: string): Heard {
  return { account: accountOf(subject), subject };
}
