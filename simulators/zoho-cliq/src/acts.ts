import { MioError } from "@mio/failure";
import { createBoundedMap } from "@mio/pacing";
import { applyMentions, type MentionedText } from "./mentions.ts";
import type { CliqState, NewMessage } from "./state.ts";
import type { CliqSimulator, DeliveryOptions, Said, SimChat, SimMessage, SimUser } from "./types.ts";
import { toWebhookBody, type WebhookEvent } from "./webhook/payload.ts";
import type { OutgoingEvent, SendWebhook } from "./webhook/sender.ts";

/** Number of events kept for {@link CliqSimulator.redeliver}. */
const maxKept = 10_000;

/** What people in the simulated Cliq can do. Each act calls the webhook as Cliq would. */
export type Acts = Pick<
  CliqSimulator,
  "say" | "sayDm" | "postFile" | "edit" | "remove" | "redeliver" | "deliver"
>;

export interface ActsContext {
  readonly state: CliqState;
  readonly bot: CliqSimulator["bot"];
  readonly send: SendWebhook;
  readonly fileUrl: (token: string) => string;
  readonly now: () => Date;
}

export function createActs(context: ActsContext): Acts {
  const { state, send } = context;
  const announce = createAnnouncer(context);
  const mention = (text: string, names: readonly string[] = []): MentionedText =>
    applyMentions(text, names, { people: state, bot: context.bot });
  const enter = (reference: string, userName: string): { readonly user: SimUser; readonly chat: SimChat } => {
    const user = state.ensureUser(userName);
    const chat = state.ensureChat(reference);
    if (chat.kind !== "dm" || chat.userId === user.id) return { user, chat };
    throw new MioError("simulator.bad_request", `${user.name} is not a member of that direct chat.`);
  };
  const ownMessage = (messageId: string): SimMessage => {
    const message = state.getMessage(messageId);
    if (message.author.kind === "user" && !message.deletedAt) return message;
    throw new MioError(
      "simulator.bad_request",
      "Only messages of people that are not deleted can be changed.",
    );
  };

  return {
    async say({ chat: reference, user: userName, text, replyTo, mentions = [], delivery }) {
      const { user, chat } = enter(reference, userName);
      const quoted = replyTo === undefined ? undefined : state.getMessage(replyTo);
      const author = { kind: "user", id: user.id, name: user.name } as const;
      const written = chat.kind === "dm" ? { text } : mention(text, mentions);
      const message = state.post({ chat, author, ...written, replyToId: quoted?.id });
      return await announce(chat.kind === "dm" ? "message" : "message_sent", message, delivery);
    },
    async sayDm({ user: userName, text, delivery }) {
      const user = state.ensureUser(userName);
      const author = { kind: "user", id: user.id, name: user.name } as const;
      const message = state.post({ chat: state.ensureDm(user), author, text });
      return await announce("message", message, delivery);
    },
    async postFile({ chat: reference, user: userName, comment = "", delivery, ...upload }) {
      const { user, chat } = enter(reference, userName);
      const file = state.storeFile({ name: upload.name, mime: upload.mime, bytes: upload.bytes });
      const author = { kind: "user", id: user.id, name: user.name } as const;
      const draft: NewMessage = { chat, author, text: comment, file };
      return await announce(chat.kind === "dm" ? "message" : "message_sent", state.post(draft), delivery);
    },
    edit: async (messageId, text, delivery) =>
      await announce("message_edited", state.revise(ownMessage(messageId), mention(text)), delivery),
    remove: async (messageId, delivery) =>
      await announce("message_deleted", state.remove(ownMessage(messageId)), delivery),
    redeliver: async (messageId, delivery) =>
      await send({ ...announce.lastEvent(state.getMessage(messageId)), kind: "redelivered" }, delivery),
    deliver: async (rawBody, delivery) => {
      const body = typeof rawBody === "string" ? new TextEncoder().encode(rawBody) : rawBody;
      return await send({ body, operation: "raw", messageId: undefined, kind: "raw" }, delivery);
    },
  };
}

interface Announcer {
  (operation: WebhookEvent["operation"], message: SimMessage, options?: DeliveryOptions): Promise<Said>;
  /** @throws MioError `simulator.unknown_target` when no event was sent for the message. */
  lastEvent(message: SimMessage): OutgoingEvent;
}

function createAnnouncer({ state, send, fileUrl, now }: ActsContext): Announcer {
  const sent = createBoundedMap<string, OutgoingEvent>(maxKept);
  let lastAt = 0;
  /** Each event gets another millisecond, because edits of a message differ by their time only. */
  const nextTime = (): Date => {
    lastAt = Math.max(lastAt + 1, now().getTime());
    return new Date(lastAt);
  };

  const announce = async (
    operation: WebhookEvent["operation"],
    message: SimMessage,
    options?: DeliveryOptions,
  ): Promise<Said> => {
    const chat = state.findChat(message.chatId);
    const user = state.findUser(message.author.id);
    const isSilent = chat?.kind === "dm" && operation !== "message";
    if (!chat || !user || isSilent) return { messageId: message.id, rawBody: undefined, deliveries: [] };
    const quoted = message.replyToId === undefined ? undefined : state.findMessage(message.replyToId);
    const rawBody = toWebhookBody({ operation, message, chat, user, quoted, fileUrl, at: nextTime() });
    const body = new TextEncoder().encode(rawBody);
    const event = { body, operation, messageId: message.id, kind: "original" } as const;
    sent.set(message.restId, event);
    return { messageId: message.id, rawBody, deliveries: await send(event, options) };
  };
  const lastEvent = (message: SimMessage): OutgoingEvent => {
    const event = sent.peek(message.restId);
    if (event) return event;
    throw new MioError("simulator.unknown_target", `No event was sent for the message ${message.id}.`);
  };
  return Object.assign(announce, { lastEvent });
}
