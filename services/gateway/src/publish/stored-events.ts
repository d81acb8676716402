import { type Bus, streams } from "@mio/bus";
import { headerNames } from "@mio/envelope";
import { MioError } from "@mio/failure";

/** Looks up events on the inbound stream. */
export interface StoredEvents {
  /** The stream deduplicates by dedup id within this window. */
  duplicateWindowMs(): Promise<number>;
  /**
   * The dedup ids of all events on `subject` since `since`.
   *
   * @throws MioError `bus.unavailable`, `bus.publish_timeout` if JetStream does not answer; call again to continue
   */
  idsSince(subject: string, since: Date): Promise<ReadonlySet<string>>;
  /** Drops the ids read so far. */
  forget(): void;
}

const stream = streams.inbound.name;
const requestTimeoutMs = 2_000;
const windowCacheMs = 10_000;
/** Maximum difference between the clocks of Postgres and NATS. */
const skewMs = 60_000;
/**
 * Maximum number of ids kept over all subjects, so that a long backlog is not read from its beginning for each batch.
 */
const maxRemembered = 100_000;

interface Read {
  readonly ids: Set<string>;
  readonly since: Date;
  nextSequence: number | undefined;
}

export function createStoredEvents(
  { requests }: Pick<Bus, "requests">,
  now: () => number = () => performance.now(),
): StoredEvents {
  const reads = new Map<string, Read>();
  let remembered = 0;
  let window: { readonly ms: Promise<number>; readonly until: number } | undefined;

  const ask = async (api: string, query: object): Promise<Answer> => {
    const payload = Buffer.from(JSON.stringify(query));
    const { data } = await requests.request({
      subject: `$JS.API.${api}.${stream}`,
      payload,
      timeoutMs: requestTimeoutMs,
    });
    return JSON.parse(Buffer.from(data).toString());
  };

  const forget = (): void => {
    reads.clear();
    remembered = 0;
  };

  const startReading = (subject: string, since: Date): Read => {
    const read = { ids: new Set<string>(), since, nextSequence: undefined };
    if (remembered > maxRemembered) forget();
    reads.set(subject, read);
    return read;
  };

  const nextOn = async (
    subject: string,
    { since, nextSequence }: Read,
  ): Promise<StoredMessage | undefined> => {
    const from =
      nextSequence === undefined
        ? { start_time: new Date(since.getTime() - skewMs).toISOString() }
        : { seq: nextSequence };
    const answer = await ask("STREAM.MSG.GET", { ...from, next_by_subj: subject });
    if (answer.error?.err_code === noMessageFound) return undefined;
    if (answer.message === undefined) throw notAnswered(answer);
    return answer.message;
  };

  const askWindow = async (): Promise<number> => {
    const answer = await ask("STREAM.INFO", {});
    if (answer.error !== undefined) throw notAnswered(answer);
    return (answer.config?.duplicate_window ?? 0) / 1e6;
  };

  return {
    async duplicateWindowMs() {
      if (window !== undefined && window.until > now()) return window.ms;
      const asked = { ms: askWindow(), until: now() + windowCacheMs };
      window = asked;
      asked.ms.catch(() => {
        if (window === asked) window = undefined;
      });
      return asked.ms;
    },
    async idsSince(subject, since) {
      const known = reads.get(subject);
      const read = known !== undefined && known.since <= since ? known : startReading(subject, since);
      for (let next = await nextOn(subject, read); next !== undefined; next = await nextOn(subject, read)) {
        read.nextSequence = next.seq + 1;
        const id = dedupIdOf(next.hdrs);
        if (id !== undefined) read.ids.add(id);
        remembered += 1;
      }
      return read.ids;
    },
    forget,
  };
}

const noMessageFound = 10037;

interface Answer {
  readonly error?: { readonly err_code?: number; readonly description?: string };
  readonly config?: { readonly duplicate_window?: number };
  readonly message?: StoredMessage;
}

interface StoredMessage {
  readonly seq: number;
  /** Base64. */
  readonly hdrs?: string;
}

function dedupIdOf(headers = ""): string | undefined {
  const prefix = `${headerNames.dedupId.toLowerCase()}:`;
  const line = Buffer.from(headers, "base64")
    .toString()
    .split("\r\n")
    .find((each) => each.toLowerCase().startsWith(prefix));
  return line?.slice(prefix.length).trim();
}

function notAnswered({ error }: Answer): MioError {
  return new MioError("bus.unavailable", "JetStream did not return the messages of the inbound stream.", {
    retry: "soon",
    details: { err_code: error?.err_code ?? 0, description: error?.description ?? "" },
  });
}
