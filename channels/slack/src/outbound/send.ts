import { type HttpClient, limitCalls, type Sender } from "@mio/channel-kit";
import type { SlackClient } from "../access/client.ts";
import { callTimes } from "./call-times.ts";
import { editMessage } from "./edit.ts";
import { reactToMessage } from "./react.ts";
import { reconcile } from "./reconcile.ts";
import { removeMessage } from "./remove.ts";
import { sendMessage } from "./send-message.ts";
import { createStreams } from "./stream/streams.ts";
import { createThreadRoots } from "./thread-roots.ts";
import { createFiles } from "./upload.ts";

export interface SenderOptions {
  readonly client: SlackClient;
  /** For the bytes of files, with a longer deadline. */
  readonly uploads: HttpClient;
  readonly isUploadAddress: (url: URL) => boolean;
  readonly now: () => Date;
}

/** A sender for one Slack workspace. */
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
    callTimes.longestCallMs,
  );
}
