import type { Handle } from "./call.ts";
import { deleteMessage, postEphemeral, postMessage, updateMessage } from "./chat.ts";
import { listHistory, listMembers, listReplies, openChat, showChat } from "./conversations.ts";
import { completeUpload, openUpload, showFile } from "./files.ts";
import { openConnection, showUser, testAuth } from "./identity.ts";
import { addReaction, removeReaction } from "./reactions.ts";
import { appendStream, startStream, stopStream } from "./streams.ts";

/** A method of the Web API and the kind of token it takes. */
export interface Method {
  readonly token: "bot" | "app";
  /** The scope that the bot token needs. Undefined when it depends on the conversation. */
  readonly scope?: string;
  readonly handle: Handle;
}

const bot = (handle: Handle, scope?: string): Method => ({
  token: "bot",
  handle,
  ...(scope === undefined ? {} : { scope }),
});

/** The simulated methods of the Web API, except `oauth.v2.access` and `api.test`. */
export const methods: ReadonlyMap<string, Method> = new Map([
  ["apps.connections.open", { token: "app", handle: openConnection }],
  ["auth.test", bot(testAuth)],
  ["chat.appendStream", bot(appendStream, "chat:write")],
  ["chat.delete", bot(deleteMessage, "chat:write")],
  ["chat.postEphemeral", bot(postEphemeral, "chat:write")],
  ["chat.postMessage", bot(postMessage, "chat:write")],
  ["chat.startStream", bot(startStream, "chat:write")],
  ["chat.stopStream", bot(stopStream, "chat:write")],
  ["chat.update", bot(updateMessage, "chat:write")],
  ["conversations.history", bot(listHistory)],
  ["conversations.info", bot(showChat)],
  ["conversations.members", bot(listMembers)],
  ["conversations.open", bot(openChat)],
  ["conversations.replies", bot(listReplies)],
  ["files.completeUploadExternal", bot(completeUpload, "files:write")],
  ["files.getUploadURLExternal", bot(openUpload, "files:write")],
  ["files.info", bot(showFile, "files:read")],
  ["reactions.add", bot(addReaction, "reactions:write")],
  ["reactions.remove", bot(removeReaction, "reactions:write")],
  ["users.info", bot(showUser, "users:read")],
]);
