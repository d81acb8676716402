import type { DeliveryHeaders, Publisher } from "@mio/bus";
import { decodeCommand, headerNames, outboundSubject } from "@mio/envelope";

/** A message of the schedule whose time has come. */
export interface Due {
  readonly payload: Uint8Array;
  readonly headers: Pick<DeliveryHeaders, "entries">;
  /** Not the command's own: the window still knows when that was published for the first time. */
  readonly dedupId: string;
}

const traceHeaders: ReadonlySet<string> = new Set([headerNames.traceparent, headerNames.tracestate]);

/** Puts a command on the stream of commands, where it takes its place in its conversation. */
export async function publishDue(
  publisher: Pick<Publisher, "publish">,
  { payload, headers, dedupId }: Due,
): Promise<void> {
  await publisher.publish({
    subject: outboundSubject(decodeCommand(payload)),
    dedupId,
    payload,
    headers: headers.entries().filter(([name]) => traceHeaders.has(name)),
  });
}
