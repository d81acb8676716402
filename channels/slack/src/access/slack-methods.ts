import type {
  AuthTestArguments,
  AuthTestResponse,
  ChatAppendStreamArguments,
  ChatAppendStreamResponse,
  ChatDeleteArguments,
  ChatDeleteResponse,
  ChatPostEphemeralArguments,
  ChatPostEphemeralResponse,
  ChatPostMessageArguments,
  ChatPostMessageResponse,
  ChatStartStreamArguments,
  ChatStartStreamResponse,
  ChatStopStreamArguments,
  ChatStopStreamResponse,
  ChatUpdateArguments,
  ChatUpdateResponse,
  ConversationsHistoryArguments,
  ConversationsHistoryResponse,
  ConversationsRepliesArguments,
  ConversationsRepliesResponse,
  FilesCompleteUploadExternalArguments,
  FilesCompleteUploadExternalResponse,
  FilesGetUploadURLExternalArguments,
  FilesGetUploadURLExternalResponse,
  FilesInfoArguments,
  FilesInfoResponse,
  ReactionsAddArguments,
  ReactionsAddResponse,
  ReactionsRemoveArguments,
  ReactionsRemoveResponse,
  UsersInfoArguments,
  UsersInfoResponse,
} from "@slack/web-api";

interface Method<Arguments, Answer> {
  readonly args: Arguments;
  readonly answer: Answer;
}

/** The Web API methods that Mio calls, with the types of Slack's own client. */
export interface SlackMethods {
  "auth.test": Method<AuthTestArguments, AuthTestResponse>;
  "chat.appendStream": Method<ChatAppendStreamArguments, ChatAppendStreamResponse>;
  "chat.delete": Method<ChatDeleteArguments, ChatDeleteResponse>;
  "chat.postEphemeral": Method<ChatPostEphemeralArguments, ChatPostEphemeralResponse>;
  "chat.postMessage": Method<ChatPostMessageArguments, ChatPostMessageResponse>;
  "chat.startStream": Method<ChatStartStreamArguments, ChatStartStreamResponse>;
  "chat.stopStream": Method<ChatStopStreamArguments, ChatStopStreamResponse>;
  "chat.update": Method<ChatUpdateArguments, ChatUpdateResponse>;
  "conversations.history": Method<ConversationsHistoryArguments, ConversationsHistoryResponse>;
  "conversations.replies": Method<ConversationsRepliesArguments, ConversationsRepliesResponse>;
  "files.completeUploadExternal": Method<
    FilesCompleteUploadExternalArguments,
    FilesCompleteUploadExternalResponse
  >;
  "files.getUploadURLExternal": Method<FilesGetUploadURLExternalArguments, FilesGetUploadURLExternalResponse>;
  "files.info": Method<FilesInfoArguments, FilesInfoResponse>;
  "reactions.add": Method<ReactionsAddArguments, ReactionsAddResponse>;
  "reactions.remove": Method<ReactionsRemoveArguments, ReactionsRemoveResponse>;
  "users.info": Method<UsersInfoArguments, UsersInfoResponse>;
}
