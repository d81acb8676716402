import { DeliveryError, type Reconciliation, type Sender } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import type { VirtualTime } from "./virtual-time.ts";

/** How often things go wrong, each from 0 to 1. */
export interface PlatformFaults {
  readonly transient: number;
  /** The work is done, and the answer is lost. */
  readonly lostAnswer: number;
  readonly throttled: number;
  readonly permanent: number;
}

export interface SimulatedPost {
  readonly id: string;
  readonly commandId: string;
  readonly accountId: string;
  readonly conversationId: string;
  readonly at: number;
  text: string;
}

/** A platform that knows what it shows, refuses now and then, and remembers how it was obeyed. */
export interface SimulatedPlatform {
  readonly sender: Sender;
  readonly posts: readonly SimulatedPost[];
  /** Calls that came although the platform had asked for silence. */
  readonly disobeyed: readonly string[];
  /** Commands that it refused for good. */
  readonly refused: ReadonlySet<string>;
  /** When each command was called first. */
  readonly firstCalls: ReadonlyMap<string, number>;
}

export interface PlatformOptions {
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly faults: PlatformFaults;
  /** A lie for a canary: says that nothing was made. */
  readonly forgets?: boolean;
}

/** From the platform's answer to the last call that does not know of it yet. */
const onTheWayMs = 20;
/** A call ends within this. */
const longestCallMs = 800;

export function createSimulatedPlatform(options: PlatformOptions): SimulatedPlatform {
  const { time, random, faults } = options;
  const posts: SimulatedPost[] = [];
  const disobeyed: string[] = [];
  const refused = new Set<string>();
  const firstCalls = new Map<string, number>();
  const silences = new Map<string, { readonly since: number; readonly until: number }>();

  const enter = async ({ accountId, id }: SendCommand): Promise<void> => {
    const now = time.ms();
    if (!firstCalls.has(id)) firstCalls.set(id, now);
    const silence = silences.get(accountId);
    // What was on its way when the platform spoke cannot obey.
    if (silence !== undefined && now < silence.until && now > silence.since + onTheWayMs) disobeyed.push(id);
    await time.sleep(5 + random() * (longestCallMs / 2));
    const luck = random();
    const { transient, throttled, permanent } = faults;
    if (luck < transient) throw failure("transient", "platform_down");
    if (luck < transient + throttled) {
      const retryAfterMs = 500 + Math.round(random() * 4_000);
      const until = Math.max(silences.get(accountId)?.until ?? 0, time.ms() + retryAfterMs);
      silences.set(accountId, { since: time.ms(), until });
      throw failure("throttled", "throttled", retryAfterMs);
    }
    if (luck < transient + throttled + permanent) {
      refused.add(id);
      throw failure("permanent", "forbidden");
    }
  };

  const leave = async (): Promise<void> => {
    const isLost = random() < faults.lostAnswer;
    await time.sleep(random() * (longestCallMs / 2));
    if (isLost) throw failure("unknown", "timeout");
  };

  const sender: Sender = {
    async send(command) {
      await enter(command);
      const { id: commandId, accountId, conversationId, text } = command;
      const post = { id: `p${posts.length}`, commandId, accountId, conversationId, text, at: time.ms() };
      posts.push(post);
      await leave();
      return { externalIds: [post.id] };
    },
    async edit(command, target) {
      await enter(command);
      const post = posts.find(({ id }) => id === target);
      if (post === undefined) throw failure("permanent", "not_found");
      post.text = command.text;
      await leave();
      return { externalIds: [target] };
    },
    async reconcile(command, { startedAt }): Promise<Reconciliation> {
      const post = options.forgets ? undefined : posts.find(({ commandId }) => commandId === command.id);
      if (post !== undefined) return { kind: "found", sent: { externalIds: [post.id] } };
      const remainingMs = startedAt.getTime() + longestCallMs - time.ms();
      return remainingMs > 0 ? { kind: "later", afterMs: remainingMs } : { kind: "absent" };
    },
  };
  return { sender, posts, disobeyed, refused, firstCalls };
}

function failure(
  kind: "transient" | "throttled" | "permanent" | "unknown",
  reason: "platform_down" | "throttled" | "forbidden" | "not_found" | "timeout",
  retryAfterMs?: number,
): DeliveryError {
  return new DeliveryError({
    kind,
    reason,
    message: reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
