import { askJetStream, type Bus, senderPoolOf, streams } from "@mio/bus";
import { outboundSubject } from "@mio/envelope";
import type { LongWaits } from "../delivery/long-waits.ts";
import type { DeliveryJob } from "../job/delivery-job.ts";
import type { PreparedDelivery } from "../job/prepared-delivery.ts";
import type { StoredCommand } from "../stored/end-stored.ts";
import type { LeftBehind } from "../stored/left-behind.ts";

/** Whether an earlier command of the conversation must be carried out first. */
export type MustWait = (
  job: Pick<DeliveryJob, "command" | "streamSequence" | "pinEpoch" | "signal">,
  delivery: Pick<PreparedDelivery, "isFallback">,
) => Promise<boolean>;

export interface MustWaitDeps {
  readonly bus: Pick<Bus, "jsm" | "onReconnect">;
  readonly leftBehind: Pick<LeftBehind, "isInTheWay">;
  readonly longWaits: LongWaits;
}

/** Beyond this, lanes are forgotten: the stream is asked once more. */
const maxLanes = 100_000;
const maxTenures = 10_000;

/**
 * What a process held when it died comes back to another only after the ack wait, behind commands that were
 * published later; and while the messages of an account move from one process to the other, both hold some. So the
 * stream, which keeps a command until it is finished, is asked what is earlier. It need not be asked any more once a
 * conversation has come to what was delivered to nobody before this pinEpoch, since from there on all of it comes here, in
 * order. It is asked again after a lost connection, and whenever the original of an edit is not known.
 *
 * What ended on record, or was left behind, is not waited for.
 */
export function createMustWait({ bus, leftBehind, longWaits }: MustWaitDeps): MustWait {
  const { jsm } = bus;
  /** Conversations whose commands all come here, by the pinEpoch under which they do. */
  const inOrder = new Map<string, string>();
  /** What was delivered when a pinEpoch was first seen, by pinEpoch. */
  const boundaries = new Map<string, Promise<number>>();
  bus.onReconnect(() => {
    inOrder.clear();
    boundaries.clear();
  });
  const nextIn = createNextIn(bus);

  const deliveredBefore = (pinEpoch: string, accountId: string): Promise<number> => {
    const known = boundaries.get(pinEpoch);
    if (known !== undefined) return known;
    const { stream, durable } = senderPoolOf(accountId);
    const info = askJetStream("consumers", jsm.consumers.info(stream.name, durable));
    const boundary = info.then(({ delivered }) => delivered.stream_seq);
    if (boundaries.size >= maxTenures) boundaries.clear();
    boundaries.set(pinEpoch, boundary);
    boundary.catch(() => boundaries.delete(pinEpoch));
    return boundary;
  };

  /** The sequence of the earlier command that must be carried out first. */
  const findEarlier = async (lane: string, job: Parameters<MustWait>[0]): Promise<number | undefined> => {
    for (let from = 1; ; ) {
      const stored = await nextIn(lane, from);
      if (stored === undefined || stored.seq >= job.streamSequence) return undefined;
      if (await leftBehind.isInTheWay(stored, job.command.accountId, job.signal)) return stored.seq;
      from = stored.seq + 1;
    }
  };

  const noteInOrder = (lane: string, pinEpoch: string | undefined): void => {
    if (pinEpoch === undefined) return;
    if (inOrder.size >= maxLanes) inOrder.clear();
    inOrder.set(lane, pinEpoch);
  };

  return async (job, { isFallback }) => {
    const { streamSequence, pinEpoch } = job;
    const { channelType, accountId, conversationId } = job.command;
    const lane = outboundSubject({ channelType, accountId, conversationId });
    if (pinEpoch !== undefined && inOrder.get(lane) === pinEpoch && !isFallback) return false;
    // Before the stream is asked, so that it can only be too high.
    const boundary = pinEpoch === undefined ? Infinity : await deliveredBefore(pinEpoch, accountId);
    const earlier = await findEarlier(lane, job);
    if (earlier !== undefined) {
      longWaits.waits(job, earlier);
      return true;
    }
    longWaits.goesOn(job);
    if (streamSequence > boundary) noteInOrder(lane, pinEpoch);
    return false;
  };
}

/** The first command of the lane from a sequence on. Edits carry the id of what they edit as a further token. */
function createNextIn({ jsm }: Pick<Bus, "jsm">) {
  const nextOn = async (subject: string, seq: number): Promise<StoredCommand | undefined> => {
    const query = { seq, next_by_subj: subject };
    const stored = await askJetStream("commands", jsm.streams.getMessage(streams.outbound.name, query));
    return stored ?? undefined;
  };
  return async (lane: string, seq: number): Promise<StoredCommand | undefined> => {
    const [post, edit] = await Promise.all([nextOn(lane, seq), nextOn(`${lane}.>`, seq)]);
    return post === undefined || (edit !== undefined && edit.seq < post.seq) ? edit : post;
  };
}
