import { jetStreamCodes } from "@mio/jetstream";
import type { Bus } from "../connect/connection.ts";
import { askJetStream, hasApiCode } from "../connect/jetstream-error.ts";
import type { StreamDeclaration } from "./topology.ts";

/**
 * Removes a stored message; returns false if it does not exist. In a cluster the server removes an acknowledged message
 * shortly after the ack floor has passed it.
 *
 * @throws MioError `bus.unavailable`
 */
export async function removeStored(
  { jsm }: Pick<Bus, "jsm">,
  { name }: Pick<StreamDeclaration, "name">,
  sequence: number,
): Promise<boolean> {
  const removing = jsm.streams.deleteMessage(name, sequence).catch((error: unknown) => {
    if (isGone(error)) return false;
    throw error;
  });
  return await askJetStream("messages", removing);
}

/** A server of a cluster gives no number, only words. */
function isGone(error: unknown): boolean {
  return (
    hasApiCode(error, jetStreamCodes.sequenceNotFound) ||
    (error instanceof Error && /no message found/i.test(error.message))
  );
}
