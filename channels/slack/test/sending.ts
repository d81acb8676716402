import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  createLocalVault,
  DeliveryError,
  type KeptFile,
  type OpenChannel,
  type Sender,
} from "@mio/channel-kit";
import { accountUnderTest } from "@mio/channel-kit/contract";
import { type SendCommand, SendCommandSchema } from "@mio/proto";
import type { SlackSimulator, SlackWorkspace } from "@mio/simulator-slack";
import { slack } from "../src/index.ts";

/** The channel, as a service opens it against a simulator; its tokens come from accounts. */
export function openAgainst(simulator: SlackSimulator): OpenChannel {
  return slack.open({
    SLACK_API_BASE_URL: simulator.apiBaseUrl,
    SLACK_CLIENT_ID: simulator.oauth.clientId,
    SLACK_CLIENT_SECRET: simulator.oauth.clientSecret,
    SLACK_FILE_HOSTS: simulator.fileHost,
  });
}

/** An account with the tokens of a workspace. */
export function accountOf({ team, botToken }: SlackWorkspace) {
  const vault = createLocalVault({ secrets: { bot_token: botToken }, expiresAt: undefined });
  return accountUnderTest({ accountId: `account-${team.id}`, externalId: team.id, vault });
}

export function senderOf(simulator: SlackSimulator, account = accountOf(simulator)): Required<Sender> {
  const sender = openAgainst(simulator).outbound?.connect(account);
  const { send, edit, remove, react, reconcile } = sender ?? {};
  if (!send || !edit || !remove || !react || !reconcile) throw new Error("the channel cannot send");
  return { send, edit, remove, react, reconcile };
}

export function chatId(workspace: SlackWorkspace, name = "general"): string {
  const chat = workspace.chats().find((each) => each.name === name);
  if (chat === undefined) throw new Error(`there is no ${name}`);
  return chat.id;
}

let commands = 0;

/** A new command to a channel. */
export function commandTo(
  channel: string,
  init: MessageInitShape<typeof SendCommandSchema> = {},
): SendCommand {
  commands += 1;
  return create(SendCommandSchema, {
    id: `command-${commands}`,
    conversationExternalId: channel,
    text: "hello",
    ...init,
  });
}

export function kept(text: string, contentType = "text/plain"): KeptFile {
  const bytes = new TextEncoder().encode(text);
  return { body: ReadableStream.from([bytes]), bytes: bytes.length, contentType };
}

export async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DeliveryError) return error;
  throw new Error(`expected a DeliveryError, got ${String(error)}`, { cause: error });
}
