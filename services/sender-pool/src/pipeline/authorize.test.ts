import { newId } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import type { Account, KnownConversation } from "@mio/store";
import { aCommand } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import type { SendingChannel } from "../accounts/open-channels.ts";
import { authorizeCommand } from "./authorize.ts";

const command = aCommand({ conversationExternalId: "CT_1" });
const account: Account = {
  id: command.accountId,
  tenantId: command.tenantId,
  channelType: command.channelType,
  externalId: "org",
  displayName: "Test",
  attributes: {},
  disabled: false,
  pending: false,
  rateLimitPerSecond: undefined,
  rateLimitScope: undefined,
};
const here: KnownConversation = {
  id: command.conversationId,
  accountId: account.id,
  externalId: command.conversationExternalId,
  address: undefined,
};
const outbound = { connect: () => ({ send: () => Promise.reject(new Error("not called")) }) };
const channel = {
  channelType: account.channelType,
  capabilities: {},
  outbound,
  notes: [],
} as unknown as SendingChannel;

interface Given {
  readonly command?: Partial<SendCommand>;
  readonly account?: Partial<Account> | null;
  readonly known?: readonly KnownConversation[];
  readonly channels?: ReadonlyMap<string, SendingChannel>;
}

/** Its reason, and whether it may not even speak for its account. */
async function authorize(given: Given): Promise<readonly [string, boolean] | "granted"> {
  const found = given.account === null ? undefined : { ...account, ...given.account };
  const deps = {
    directory: { find: async () => found, conversationsOf: async () => given.known ?? [] },
    channels: given.channels ?? new Map([[account.channelType, channel]]),
  };
  const answer = await authorizeCommand({ ...command, ...given.command }, deps);
  if (answer.kind === "granted") return "granted";
  expect(answer.error.retry).toBe("never");
  return [String(answer.error.details["reason"]), answer.isMisaddressed];
}

describe("a command's account", () => {
  it.each<[string, boolean, Given]>([
    ["no_account", true, { account: null }],
    ["no_account", true, { command: { accountId: "general" } }],
    ["wrong_tenant", true, { command: { tenantId: newId() } }],
    ["wrong_tenant", true, { account: { tenantId: newId() } }],
    ["wrong_channel", true, { command: { channelType: "slack" } }],
    ["account_disabled", false, { account: { disabled: true } }],
    ["account_pending", false, { account: { pending: true } }],
    ["no_sender", false, { channels: new Map() }],
  ])("%s", async (reason, isMisaddressed, given) => {
    expect(await authorize(given)).toEqual([reason, isMisaddressed]);
  });

  it("is refused with the name of the setting that its channel lacks", async () => {
    const lacking = { ...channel, outbound: undefined, notes: ["set PLATFORM_TOKEN."] };
    const deps = {
      directory: { find: async () => account, conversationsOf: async () => [] },
      channels: new Map([[account.channelType, lacking]]),
    };
    expect(await authorizeCommand(command, deps)).toMatchObject({
      error: { message: expect.stringMatching(/cannot send on .*: set PLATFORM_TOKEN\./) },
    });
  });

  it("may be named with its tenant in any case", async () => {
    expect(await authorize({ command: { tenantId: command.tenantId.toUpperCase() } })).toBe("granted");
  });
});

describe("a command's conversation", () => {
  const elsewhere: KnownConversation = { ...here, id: newId(), externalId: "CT_2" };
  const wrong = ["wrong_conversation", true];

  it("and its place go together", async () => {
    expect(await authorize({ known: [here] })).toBe("granted");
    const upper = { conversationId: command.conversationId.toUpperCase() };
    expect(await authorize({ known: [here], command: upper })).toBe("granted");
  });

  it("may be one that Mio does not know, at a place that Mio does not know", async () => {
    expect(await authorize({ known: [] })).toBe("granted");
    expect(await authorize({ known: [], command: { conversationId: "general" } })).toBe("granted");
  });

  it("may leave its place to the record", async () => {
    expect(await authorize({ known: [here], command: { conversationExternalId: "" } })).toBe("granted");
  });

  it("may not be another account's", async () => {
    expect(await authorize({ known: [{ ...here, accountId: newId() }] })).toEqual(wrong);
  });

  it("may not name the place of another conversation, nor one that Mio does not know", async () => {
    expect(
      await authorize({ known: [here, elsewhere], command: { conversationExternalId: "CT_2" } }),
    ).toEqual(wrong);
    expect(await authorize({ known: [here], command: { conversationExternalId: "CT_3" } })).toEqual(wrong);
  });

  it("is where its messages said that it is", async () => {
    const at = (channelName: string) => ({ attributes: { cliq_channel_name: channelName } });
    const addressed = {
      ...channel,
      conversationAddress: ({ attributes }: Pick<SendCommand, "attributes">) =>
        attributes["cliq_channel_name"] ?? "",
    };
    const channels = new Map([[account.channelType, addressed]]);
    const send = (address: string | undefined, sent: Partial<SendCommand>) =>
      authorize({ known: [{ ...here, address }], command: sent, channels });
    expect(await send("general", at("general"))).toBe("granted");
    expect(await send("general", { attributes: {} })).toBe("granted");
    expect(await send("general", at("board"))).toEqual(wrong);
    expect(await send("general", { ...at("board"), conversationExternalId: "" })).toEqual(wrong);
    // Its messages name no channel, so an answer has none to name either.
    expect(await send("", at("board"))).toEqual(wrong);
    // None of its messages has come since Mio keeps addresses.
    expect(await send(undefined, at("board"))).toBe("granted");
  });

  it("may not be a new name for a place that has one", async () => {
    expect(await authorize({ known: [elsewhere], command: { conversationExternalId: "CT_2" } })).toEqual(
      wrong,
    );
    const general = { conversationId: "general", conversationExternalId: "CT_2" };
    expect(await authorize({ known: [elsewhere], command: general })).toEqual(wrong);
  });
});
