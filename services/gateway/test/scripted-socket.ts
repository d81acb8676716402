import {
  type AccountAccess,
  type Channel,
  defineChannel,
  type InboundDraft,
  type InboundEvent,
  type SocketContext,
} from "@mio/channel-kit";
import { ConversationKind } from "@mio/proto";
import { aMessage } from "@mio/testkit";
import { expect } from "vitest";
import { z } from "zod";

/** One call of `socket.run`, controlled by the test. */
export interface ScriptedRun {
  readonly account: AccountAccess;
  readonly context: SocketContext;
  /** Makes the channel's code fail. */
  fail(error: Error): void;
  /** Makes the channel's code return. */
  end(): void;
}

export interface ScriptedSockets {
  readonly channel: Channel;
  /** All calls so far. */
  readonly runs: readonly ScriptedRun[];
  /** The `nth` run of an account, once it has started. */
  runOf(accountId: string, nth?: number): Promise<ScriptedRun>;
}

export const scriptedType = "discord";

/** A channel with scripted sockets only; they end on request. */
export function scriptedSockets(): ScriptedSockets {
  const runs: ScriptedRun[] = [];
  const channel = defineChannel({
    channelType: scriptedType,
    accountSecrets: [],
    capabilities: {
      supportsEdit: false,
      supportsDelete: false,
      supportsReactions: false,
      supportsThreads: false,
      supportsTyping: false,
      supportsPresence: false,
      allowedAttachments: [],
      maxTextBytes: 2_000,
      rateLimitPerSecond: 1,
      rateLimitScope: "account",
      authKind: "bot_token",
      editWindowSeconds: 0,
      deleteWindowSeconds: 0,
    },
    settings: z.object({}),
    open: () => ({
      socket: {
        run: (account, context) => {
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          context.signal.addEventListener("abort", () => resolve(), { once: true });
          runs.push({ account, context, fail: reject, end: resolve });
          return promise;
        },
      },
    }),
  });
  return {
    channel,
    runs,
    async runOf(accountId, nth = 0) {
      const ofAccount = () => runs.filter(({ account }) => account.accountId === accountId);
      await expect.poll(() => ofAccount().length).toBeGreaterThan(nth);
      return ofAccount()[nth] ?? expect.fail();
    },
  };
}

/** An event of a scripted socket; each call returns a new event. */
export function said(text: string, overrides: Partial<InboundDraft> = {}): InboundEvent {
  return {
    kind: "message",
    draft: {
      workspaceKey: "",
      containerKind: ConversationKind.DM,
      message: {
        ...aMessage({ channelType: scriptedType, conversationExternalId: "room", text }),
        id: "",
        tenantId: "",
        accountId: "",
        conversationId: "",
      },
      ...overrides,
    },
  };
}
