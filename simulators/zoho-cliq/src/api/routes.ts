import type { Endpoint } from "../endpoint.ts";
import { type Answer, methodNotAllowed } from "./answer.ts";
import type { Call, Platform } from "./call.ts";
import { listChannels } from "./channels.ts";
import { downloadFile } from "./files.ts";
import { getMessage, listMessages } from "./history.ts";
import { deleteMessage, editMessage, postToBot, postToChannel, postToChat } from "./messages.ts";
import { addReaction, listReactions, removeReaction } from "./reactions.ts";
import { uploadToBot, uploadToChannel, uploadToChat } from "./uploads.ts";

export interface ApiRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly endpoint: Endpoint;
  readonly handle: (platform: Platform, call: Call) => Answer;
}

const chatMessages = "/api/v2/chats/:chat/messages";
const oneMessage = `${chatMessages}/:message`;
const reactions = `${oneMessage}/reactions`;
const refuseEditMethod = (): Answer => methodNotAllowed("GET, PUT, DELETE");

/** The simulated endpoints of Cliq's API. All of them need an access token. */
export const apiRoutes: readonly ApiRoute[] = [
  { method: "POST", url: "/api/v2/channelsbyname/:channel/message", endpoint: "post", handle: postToChannel },
  { method: "POST", url: "/api/v2/channels/:channel/message", endpoint: "post", handle: postToChannel },
  { method: "POST", url: "/api/v2/chats/:chat/message", endpoint: "post", handle: postToChat },
  { method: "POST", url: "/api/v2/bots/:bot/message", endpoint: "post", handle: postToBot },
  { method: "GET", url: "/api/v2/channels", endpoint: "other", handle: listChannels },
  { method: "GET", url: chatMessages, endpoint: "history", handle: listMessages },
  { method: "GET", url: oneMessage, endpoint: "history", handle: getMessage },
  { method: "PUT", url: oneMessage, endpoint: "edit", handle: editMessage },
  { method: "PATCH", url: oneMessage, endpoint: "edit", handle: refuseEditMethod },
  { method: "POST", url: oneMessage, endpoint: "edit", handle: refuseEditMethod },
  { method: "DELETE", url: oneMessage, endpoint: "delete", handle: deleteMessage },
  { method: "POST", url: reactions, endpoint: "reaction", handle: addReaction },
  { method: "DELETE", url: reactions, endpoint: "reaction", handle: removeReaction },
  { method: "GET", url: reactions, endpoint: "history", handle: listReactions },
  {
    method: "POST",
    url: "/api/v2/channelsbyname/:channel/files",
    endpoint: "upload",
    handle: uploadToChannel,
  },
  { method: "POST", url: "/api/v2/channels/:channel/files", endpoint: "upload", handle: uploadToChannel },
  { method: "POST", url: "/api/v2/chats/:chat/files", endpoint: "upload", handle: uploadToChat },
  { method: "POST", url: "/api/v2/bots/:bot/files", endpoint: "upload", handle: uploadToBot },
  { method: "GET", url: "/api/v2/files/:file", endpoint: "file", handle: downloadFile },
  { method: "GET", url: "/company/:company/v2/attachments/:file", endpoint: "file", handle: downloadFile },
];
