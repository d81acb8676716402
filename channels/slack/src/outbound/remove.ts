import { type CallContext, DeliveryError, type Sent } from "@mio/channel-kit";
import type { SlackClient } from "../access/client.ts";
import { platformCodeOf } from "../access/failure.ts";
import { type Target, targetsOf } from "../identity/targets.ts";
import type { Streams } from "./stream/streams.ts";

export interface RemovalOptions {
  readonly client: SlackClient;
  readonly streams: Streams;
}

/** Deletes all messages of the target, the first one last, so that it stays addressable until the end. */
export async function removeMessage(
  targetExternalId: string,
  context: CallContext,
  options: RemovalOptions,
): Promise<Sent> {
  for (const target of targetsOf(targetExternalId, context).toReversed()) {
    await deleteMessage(options, target, context.signal);
  }
  return { externalIds: [] };
}

/** Deletes a message; succeeds if it is already gone. */
export async function deleteMessage(
  options: RemovalOptions,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  try {
    await deleteStopped(options, target, signal);
  } catch (error) {
    if (platformCodeOf(error) !== "message_not_found") throw error;
  }
}

/** Slack does not delete a streaming message, and answers with the error for messages of others. */
async function deleteStopped(
  { client, streams }: RemovalOptions,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  const { channel, ts } = target;
  const remove = () =>
    client.call({
      method: "chat.delete",
      args: { channel, ts },
      ...{ signal, repeatable: true, isChange: true },
    });
  if (streams.isRunning(target)) await streams.end(target, signal);
  const refusal: unknown = await remove().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal === undefined) return;
  if (platformCodeOf(refusal) !== "cant_delete_message") throw refusal;
  const wasRunning = await streams.end(target, signal).catch((error: unknown) => {
    if (error instanceof DeliveryError && error.kind === "permanent") return false;
    throw error;
  });
  if (!wasRunning) throw refusal;
  await remove();
}
