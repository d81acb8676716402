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
  readonly handle: Handle;
}

const bot = (handle: Handle): Method => ({ token: "bot", handle });

/** The part of the Web API that is simulated, besides `oauth.v2.access` and `api.test`. */
export const methods: ReadonlyMap<string, Method> = new Map([
  ["apps.connections.open", { token: "app", handle: openConnection }],
  ["auth.test", bot(testAuth)],
  ["chat.appendStream", bot(appendStream)],
  ["chat.delete", bot(deleteMessage)],
  ["chat.postEphemeral", bot(postEphemeral)],
  ["chat.postMessage", bot(postMessage)],
  ["chat.startStream", bot(startStream)],
  ["chat.stopStream", bot(stopStream)],
  ["chat.update", bot(updateMessage)],
  ["conversations.history", bot(listHistory)],
  ["conversations.info", bot(showChat)],
  ["conversations.members", bot(listMembers)],
  ["conversations.open", bot(openChat)],
  ["conversations.replies", bot(listReplies)],
  ["files.completeUploadExternal", bot(completeUpload)],
  ["files.getUploadURLExternal", bot(openUpload)],
  ["files.info", bot(showFile)],
  ["reactions.add", bot(addReaction)],
  ["reactions.remove", bot(removeReaction)],
  ["users.info", bot(showUser)],
]);
