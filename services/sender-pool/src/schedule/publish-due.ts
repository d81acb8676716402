import type { DeliveryHeaders, Publisher } from "@mio/bus";
import { decodeCommand, headerNames, outboundSubject } from "@mio/envelope";

/** A due message of the schedule. */
export interface Due {
  readonly payload: Uint8Array;
  readonly headers: Pick<DeliveryHeaders, "entries">;
  /** Not the one of the command, which the server may still have in its deduplication window. */
  readonly dedupId: string;
}

const traceHeaders: ReadonlySet<string> = new Set([headerNames.traceparent, headerNames.tracestate]);

/** Publishes a command on the stream of commands, at the end of its conversation. */
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
