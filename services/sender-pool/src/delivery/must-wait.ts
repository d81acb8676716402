import { askJetStream, type Bus, senderPoolOf, streams } from "@mio/bus";
import { outboundSubject } from "@mio/envelope";
import type { PreparedDelivery } from "../command/prepared-delivery.ts";
import type { DeliveryJob } from "./delivery-job.ts";

/** Whether an earlier command of the conversation must be carried out first. */
export type MustWait = (
  job: Pick<DeliveryJob, "command" | "streamSequence" | "tenure">,
  delivery: Pick<PreparedDelivery, "isFallback">,
) => Promise<boolean>;

/** Beyond this, lanes are forgotten: the stream is asked once more. */
const maxLanes = 100_000;
const maxTenures = 10_000;

/**
 * What a process held when it died comes back to another only after the ack wait, behind commands that were
 * published later; and while the messages of an account move from one process to the other, both hold some. So the
 * stream, which keeps a command until it is finished, is asked what is earlier. It need not be asked any more once a
 * conversation has come to what was delivered to nobody before this tenure, since from there on all of it comes here, in
 * order. It is asked anew after a lost connection, and whenever the original of an edit is not known.
 */
export function createMustWait({ jsm, onReconnect }: Pick<Bus, "jsm" | "onReconnect">): MustWait {
  /** Conversations whose commands all come here, by the tenure under which they do. */
  const inOrder = new Map<string, string>();
  /** What was delivered when a tenure was first seen, by tenure. */
  const boundaries = new Map<string, Promise<number>>();
  onReconnect(() => {
    inOrder.clear();
    boundaries.clear();
  });

  const firstSequence = async (subject: string): Promise<number> => {
    const query = { seq: 1, next_by_subj: subject };
    const stored = await askJetStream("commands", jsm.streams.getMessage(streams.outbound.name, query));
    return stored?.seq ?? Number.POSITIVE_INFINITY;
  };

  const deliveredBefore = (tenure: string, accountId: string): Promise<number> => {
    const known = boundaries.get(tenure);
    if (known !== undefined) return known;
    const { stream, durable } = senderPoolOf(accountId);
    const info = askJetStream("consumers", jsm.consumers.info(stream.name, durable));
    const boundary = info.then(({ delivered }) => delivered.stream_seq);
    if (boundaries.size >= maxTenures) boundaries.clear();
    boundaries.set(tenure, boundary);
    boundary.catch(() => boundaries.delete(tenure));
    return boundary;
  };

  const isFirst = async (lane: string, streamSequence: number): Promise<boolean> => {
    // Edits carry the id of what they edit as a further token.
    const firsts = await Promise.all([firstSequence(lane), firstSequence(`${lane}.>`)]);
    return Math.min(...firsts) >= streamSequence;
  };

  return async ({ command, streamSequence, tenure }, { isFallback }) => {
    const { channelType, accountId, conversationId } = command;
    const lane = outboundSubject({ channelType, accountId, conversationId });
    if (tenure === undefined) return !(await isFirst(lane, streamSequence));
    if (inOrder.get(lane) === tenure && !isFallback) return false;
    // Before the stream is asked, so that it can only be too high.
    const boundary = await deliveredBefore(tenure, accountId);
    if (!(await isFirst(lane, streamSequence))) return true;
    if (streamSequence > boundary) {
      if (inOrder.size >= maxLanes) inOrder.clear();
      inOrder.set(lane, tenure);
    }
    return false;
  };
}
