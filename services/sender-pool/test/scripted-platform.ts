import {
  type CallContext,
  type Channel,
  defineChannel,
  type Reconciliation,
  type Sent,
} from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import { z } from "zod";

/** One call the pool made. */
export interface PlatformCall {
  readonly method: "send" | "edit" | "reconcile";
  readonly command: SendCommand;
  /** Of an edit. */
  readonly target: string | undefined;
  readonly threadRoot: string | undefined;
  readonly at: number;
}

/** A platform that does as the test says. It is the one thing that is not real. */
export interface ScriptedPlatform {
  readonly channel: Channel;
  /** Every call, in the order they came in. */
  readonly calls: readonly PlatformCall[];
  /** The calls for one command but reconciliations. */
  callsOf(commandId: string): readonly PlatformCall[];
  /** What happens to a call; may wait or throw. By default a post gets the id `x-<command id>`. */
  answer: (call: PlatformCall) => Promise<Sent>;
  /** What the platform knows of an earlier attempt; undefined where it cannot tell. */
  reconciliation: Reconciliation | undefined;
}

export function scriptedPlatform(limits: { readonly perSecond?: number } = {}): ScriptedPlatform {
  const calls: PlatformCall[] = [];
  const record = (call: Omit<PlatformCall, "at">): PlatformCall => {
    const made = { ...call, at: performance.now() };
    calls.push(made);
    return made;
  };
  const call = (method: "send" | "edit", command: SendCommand, context: CallContext, target?: string) =>
    platform.answer(record({ method, command, target, threadRoot: context.threadRootExternalId }));
  const sender = {
    send: (command: SendCommand, context: CallContext) => call("send", command, context),
    edit: (command: SendCommand, target: string, context: CallContext) =>
      call("edit", command, context, target),
    reconcile: async (command: SendCommand): Promise<Reconciliation> => {
      record({ method: "reconcile", command, target: undefined, threadRoot: undefined });
      return platform.reconciliation ?? { kind: "undecided" };
    },
  };
  const platform: ScriptedPlatform = {
    channel: toChannel(limits.perSecond ?? 10_000, sender),
    calls,
    callsOf: (id) => calls.filter(({ method, command }) => method !== "reconcile" && command.id === id),
    answer: async ({ method, command, target }) => ({
      externalIds: [method === "send" ? `x-${command.id}` : (target ?? "")],
    }),
    reconciliation: undefined,
  };
  return platform;
}

type Sender = ReturnType<NonNullable<ReturnType<Channel["open"]>["outbound"]>["connect"]>;

function toChannel(rateLimitPerSecond: number, sender: Sender): Channel {
  return defineChannel({
    channelType: "zoho_cliq",
    capabilities: {
      supportsEdit: true,
      supportsDelete: false,
      supportsReactions: false,
      supportsThreads: true,
      supportsTyping: false,
      supportsPresence: false,
      allowedAttachments: [],
      maxTextBytes: 4_000,
      rateLimitPerSecond,
      rateLimitScope: "account",
      authKind: "bot_token",
      editWindowSeconds: 0,
      deleteWindowSeconds: 0,
    },
    settings: z.object({}),
    open: () => ({ outbound: { connect: () => sender } }),
  });
}
