import { MioError } from "@mio/failure";
import type { ChannelType, SendCommand } from "@mio/proto";
import { z } from "zod";
import type { InstallFlow } from "./access/install.ts";
import type { PeopleDirectory } from "./access/people.ts";
import type { Capabilities } from "./capabilities.ts";
import type { AttachmentFetcher } from "./files/attachment.ts";
import type { SocketInbound, WebhookInbound } from "./inbound/inbound.ts";
import type { Outbound } from "./outbound/outbound.ts";

/**
 * One chat platform: data, and the parts that it supports. A channel is registered once, in `channels/all`; nothing
 * else in Mio names it.
 */
export interface Channel {
  /** The wire name, from `proto/channels.yaml`; web paths use it with hyphens. */
  readonly channelType: ChannelType;
  readonly capabilities: Capabilities;
  /** Environment variables the channel reads, as one schema; the services load and document them. */
  readonly settings: z.ZodObject;
  /** Names of the secrets that an operator may store for an account, such as `bot_token`. */
  readonly accountSecrets: readonly string[];
  /**
   * The place of a conversation on the platform, as its attributes name it, in one word; empty if the external id
   * alone decides. It follows the same rule as sending. Mio records the word for each conversation and rejects a
   * command that names another place. Absent if the external id always decides. Pure.
   */
  readonly conversationAddress?: (conversation: AddressedConversation) => string;
  /** Binds the channel to its settings. Pure: no I/O before a part is used. */
  open(settings: unknown): OpenChannel;
}

/** The part of a message or command that names its conversation. */
export type AddressedConversation = Pick<SendCommand, "conversationExternalId" | "attributes">;

/** A channel bound to its settings. A missing part is not used or not configured. */
export interface OpenChannel {
  readonly webhook?: WebhookInbound;
  readonly socket?: SocketInbound;
  readonly outbound?: Outbound;
  readonly attachments?: AttachmentFetcher;
  readonly people?: PeopleDirectory;
  readonly install?: InstallFlow;
  /** Why a part is missing and how to enable it, for the log at startup. Contains no secret. */
  readonly notes?: readonly string[];
}

/**
 * Declares a channel. `open` gets the settings as the schema's output type.
 *
 * Its `open` throws `config.invalid` when the settings do not fit the schema.
 */
export function defineChannel<Settings extends z.ZodObject>(channel: {
  readonly channelType: ChannelType;
  readonly capabilities: Capabilities;
  readonly settings: Settings;
  readonly accountSecrets: readonly string[];
  readonly conversationAddress?: Channel["conversationAddress"];
  readonly open: (settings: z.output<Settings>) => OpenChannel;
}): Channel {
  return {
    channelType: channel.channelType,
    capabilities: channel.capabilities,
    settings: channel.settings,
    accountSecrets: channel.accountSecrets,
    ...(channel.conversationAddress !== undefined && { conversationAddress: channel.conversationAddress }),
    open: (settings) => {
      const parsed = channel.settings.safeParse(settings);
      if (parsed.success) return channel.open(parsed.data);
      throw new MioError(
        "config.invalid",
        `The settings of ${channel.channelType} are wrong:\n${z.prettifyError(parsed.error)}`,
      );
    },
  };
}
