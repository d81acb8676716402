import { type HttpClient, limitCalls, type Sender } from "@mio/channel-kit";
import { longestCallMs } from "./call-time.ts";
import type { SlackClient } from "./client.ts";
import { reconcile } from "./reconcile.ts";
import { createFiles } from "./send/files.ts";
import { editMessage } from "./send/send-edit.ts";
import { sendMessage } from "./send/send-message.ts";
import { reactToMessage } from "./send/send-reaction.ts";
import { removeMessage } from "./send/send-removal.ts";
import { createThreadRoots } from "./send/thread-roots.ts";
import { createStreams } from "./stream/streams.ts";

export interface SenderOptions {
  readonly client: SlackClient;
  /** For the bytes of files, which take their time. */
  readonly uploads: HttpClient;
  readonly isUploadAddress: (url: URL) => boolean;
  readonly now: () => Date;
}

/** What Mio does in one Slack workspace. */
export function createSender({ client, uploads, isUploadAddress, now }: SenderOptions): Required<Sender> {
  const roots = createThreadRoots(client);
  const files = createFiles({ client, http: uploads, isUploadAddress });
  const streams = createStreams(client, now);
  return limitCalls(
    {
      send: (command, context) => sendMessage(command, context, { client, roots, files, streams }),
      edit: (command, externalId, context) =>
        editMessage(command, { externalId, context }, { client, streams, now }),
      remove: (_, externalId, context) => removeMessage(externalId, context, { client, streams }),
      react: (command, externalId, context) => reactToMessage(command, { externalId, context }, client),
      reconcile: (command, attempt, context) =>
        reconcile(command, { attempt, context }, { client, roots, now }),
    },
    longestCallMs,
  );
}
