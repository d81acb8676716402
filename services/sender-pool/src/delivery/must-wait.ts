import { type Bus, streams } from "@mio/bus";
import { outboundSubject } from "@mio/envelope";
import { MioError } from "@mio/failure";
import type { PreparedDelivery } from "../command/prepared-delivery.ts";
import type { DeliveryJob } from "./delivery-job.ts";

/** Whether an earlier command of the conversation must be carried out first. */
export type MustWait = (
  job: Pick<DeliveryJob, "command" | "streamSequence" | "tenure">,
  delivery: Pick<PreparedDelivery, "isFallback">,
) => Promise<boolean>;

/** Beyond this, lanes are forgotten: the stream is asked once more. */
const maxLanes = 100_000;

/**
 * What a process held when it died comes back to another only after the ack wait, behind commands that were
 * published later; and while the messages of an account move from one process to the other, both hold some. So the
 * stream, which keeps a command until it is finished, is asked what is earlier: before the first command of a lane in
 * this process, again under each new tenure and after a lost connection, and whenever the original of an edit is not
 * known.
 */
export function createMustWait({ jsm, onReconnect }: Pick<Bus, "jsm" | "onReconnect">): MustWait {
  /** Under which tenure nothing earlier was left elsewhere. */
  const inOrder = new Map<string, string | undefined>();
  onReconnect(() => inOrder.clear());

  const firstSequence = async (subject: string): Promise<number> => {
    try {
      const query = { seq: 1, next_by_subj: subject };
      return (await jsm.streams.getMessage(streams.outbound.name, query))?.seq ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      throw toUnavailable(error);
    }
  };

  return async ({ command, streamSequence, tenure }, { isFallback }) => {
    const { channelType, accountId, conversationId } = command;
    const lane = outboundSubject({ channelType, accountId, conversationId });
    if (inOrder.has(lane) && inOrder.get(lane) === tenure && !isFallback) return false;
    // Edits carry the id of what they edit as a further token.
    const [send, edit] = await Promise.all([firstSequence(lane), firstSequence(`${lane}.>`)]);
    if (Math.min(send, edit) < streamSequence) return true;
    if (inOrder.size >= maxLanes) inOrder.clear();
    inOrder.set(lane, tenure);
    return false;
  };
}

function toUnavailable(cause: unknown): MioError {
  return new MioError("bus.unavailable", "NATS did not tell what waits on its stream.", {
    retry: "soon",
    cause,
  });
}
