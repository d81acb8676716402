import { type CallContext, DeliveryError, limitCalls, type Sender, type Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import { toPlan } from "../content/write/compose.ts";
import { addressOf } from "../identity/address.ts";
import { callTimes } from "./call-times.ts";
import { editMessages } from "./edit.ts";
import { placeOf, postMessage, type Speaker } from "./post.ts";
import { react } from "./react.ts";
import { createReconcile, type ReconcileOptions } from "./reconcile.ts";
import { removeMessages } from "./remove.ts";
import { openFiles, uploadFiles } from "./upload.ts";

export type SenderOptions = ReconcileOptions;

export function createSender(options: SenderOptions): Required<Sender> {
  const { client } = options;
  return limitCalls(
    {
      send: (command, context) => send(options, command, context),
      edit: (command, target, context) =>
        editMessages(options, { command, targets: targetsOf(target, context) }, context),
      remove: (command, target, context) =>
        removeMessages(client, { command, targets: targetsOf(target, context) }, context),
      react: (command, target, context) => react(client, { command, target }, context),
      reconcile: createReconcile(options),
    },
    callTimes.longestCallMs,
  );
}

/** All messages of the target; a target named by its own id is one message. */
function targetsOf(target: string, { targetExternalIds }: CallContext): readonly string[] {
  return targetExternalIds.length === 0 ? [target] : targetExternalIds;
}

/** Posts the messages of a command after those of an earlier attempt, then its files. */
async function send(speaker: Speaker, command: SendCommand, context: CallContext): Promise<Sent> {
  const { messages, files } = await toPlan(command);
  const address = addressOf(command);
  const { first, following } = placeOf(command, context);
  // Opened before anything is posted, because a missing file fails the whole command.
  const opened = await openFiles(files, context);
  const progress = startProgress(context.alreadySent);
  for (const [at, message] of messages.entries()) {
    if (at < context.alreadySent.length) continue;
    const place = at === 0 ? first : following;
    await progress.step(() => postMessage(speaker, { message, address, place }, context));
  }
  if (opened !== undefined) {
    const shareFiles = () => uploadFiles(speaker, { address, files: opened }, context);
    // An edit of the text must not touch its files, so their ids are not added to the text's.
    await progress.step(messages.length === 0 ? shareFiles : () => shareFiles().then(() => []));
  }
  return { externalIds: progress.ids };
}

interface Progress {
  readonly ids: readonly string[];
  step(work: () => Promise<readonly string[]>): Promise<void>;
}

/** Collects the posted ids, and adds them to the error if a later step fails. */
function startProgress(alreadySent: readonly string[]): Progress {
  const ids = [...alreadySent];
  let hasNameless = false;
  return {
    ids,
    step: async (work) => {
      try {
        const made = await work();
        hasNameless ||= made.length === 0;
        ids.push(...made);
      } catch (error) {
        throw error instanceof DeliveryError ? withSent(error, { externalIds: ids }, hasNameless) : error;
      }
    },
  };
}

/** NOTE: if Cliq returned no id, a retry could not know what to skip, so the fate of the whole is unknown. */
function withSent(error: DeliveryError, sent: Sent, hasNameless: boolean): DeliveryError {
  if (sent.externalIds.length === 0 && !hasNameless) return error;
  const { reason, message, details, retry } = error;
  return new DeliveryError({
    kind: hasNameless && error.kind !== "permanent" ? "unknown" : error.kind,
    reason,
    message,
    sent,
    ...(typeof retry === "object" ? { retryAfterMs: retry.afterMs } : {}),
    ...(details === undefined ? {} : { details }),
    cause: error,
  });
}
