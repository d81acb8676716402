import {
  type CallContext,
  type Capabilities,
  type Channel,
  defineChannel,
  type EarlierAttempt,
  type Outbound,
  type Reconciliation,
  type Sender,
  type Sent,
} from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import { z } from "zod";

/** One call the pool made. */
export interface PlatformCall {
  readonly method: "send" | "edit" | "remove" | "react" | "reconcile";
  readonly command: SendCommand;
  /** For all calls but posts. */
  readonly target: string | undefined;
  readonly threadRoot: string | undefined;
  readonly context: CallContext;
  /** Of a reconciliation. */
  readonly earlier: EarlierAttempt | undefined;
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
  /** The answer about an earlier attempt; undefined for a platform without a lookup. */
  reconciliation: Reconciliation | undefined;
}

export interface PlatformOptions {
  readonly perSecond?: number;
  readonly capabilities?: Partial<Capabilities>;
  /** Methods that the adapter has besides posting and editing. */
  readonly methods?: readonly ("remove" | "react")[];
  readonly resolveEditTarget?: Outbound["resolveEditTarget"];
  readonly conversationAddress?: Channel["conversationAddress"];
}

export function scriptedPlatform(options: PlatformOptions = {}): ScriptedPlatform {
  const calls: PlatformCall[] = [];
  type Made = Pick<PlatformCall, "method" | "command" | "context"> & {
    target?: string;
    earlier?: EarlierAttempt;
  };
  const record = ({ target, earlier, ...call }: Made): PlatformCall => {
    const threadRoot = call.context.threadRootExternalId;
    const made = { ...call, target, earlier, threadRoot, at: performance.now() };
    calls.push(made);
    return made;
  };
  const change =
    (method: "edit" | "remove" | "react"): NonNullable<Sender["edit"]> =>
    (command, target, context) =>
      platform.answer(record({ method, command, context, target }));
  const sender: Sender = {
    send: (command, context) => platform.answer(record({ method: "send", command, context })),
    edit: change("edit"),
    ...Object.fromEntries((options.methods ?? []).map((method) => [method, change(method)])),
    reconcile: async (command, earlier, context) => {
      record({ method: "reconcile", command, context, earlier });
      return platform.reconciliation ?? { kind: "undecided" };
    },
  };
  const platform: ScriptedPlatform = {
    channel: toChannel(options, sender),
    calls,
    callsOf: (id) => calls.filter(({ method, command }) => method !== "reconcile" && command.id === id),
    answer: async ({ method, command, target }) => ({
      externalIds: [method === "send" ? `x-${command.id}` : (target ?? "")],
    }),
    reconciliation: undefined,
  };
  return platform;
}

function toChannel(
  { perSecond = 10_000, capabilities = {}, resolveEditTarget, conversationAddress }: PlatformOptions,
  sender: Sender,
): Channel {
  const resolving = resolveEditTarget === undefined ? {} : { resolveEditTarget };
  return defineChannel({
    channelType: "zoho_cliq",
    accountSecrets: [],
    ...(conversationAddress !== undefined && { conversationAddress }),
    capabilities: {
      supportsEdit: true,
      supportsDelete: true,
      supportsReactions: true,
      supportsThreads: true,
      supportsTyping: false,
      supportsPresence: false,
      allowedAttachments: [],
      maxTextBytes: 4_000,
      rateLimitPerSecond: perSecond,
      rateLimitScope: "account",
      authKind: "bot_token",
      editWindowSeconds: 0,
      deleteWindowSeconds: 0,
      ...capabilities,
    },
    settings: z.object({}),
    open: () => ({ outbound: { connect: () => sender, ...resolving } }),
  });
}
