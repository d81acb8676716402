import type { Backoff, Clock, Timers } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import type { Logger, LogLimiter } from "@mio/service-kit";
import type { Account, KnownConversation } from "@mio/store";
import type { AccountDirectory } from "../accounts/account-directory.ts";
import type { SendingChannel } from "../accounts/open-channels.ts";
import type { DeliveryPolicy } from "../config.ts";
import type { LaterEdits, MustWait, PublishReceipt } from "../job/delivery-job.ts";
import type { Preparation } from "../job/platform-call.ts";
import type { DeliveryRecords } from "../job/records.ts";
import type { OpenKeptFiles } from "../prepare/kept-files.ts";
import type { Governor } from "../rates/governor.ts";
import type { Workers } from "../rates/workers.ts";
import type { DeliveryEvents } from "../report/events.ts";
import type { Reinject } from "../report/reinject.ts";
import type { InterimWatch } from "../schedule/interim-watch.ts";
import type { Schedule } from "../schedule/schedule-commands.ts";
import type { Leases } from "./leases.ts";

/** Everything that the steps of a delivery use. `createDelivery` builds it, for the service and for the simulation. */
export interface DeliveryDeps {
  readonly clock: Clock & Timers;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
  readonly events: DeliveryEvents;
  /** Unique to this process, across restarts. Each `DeliveryJob.owner` of this process begins with it. */
  readonly instance: string;
  /** Owners of the jobs under way in this process. Only these may call the platform. */
  readonly running: Set<string>;
  /** Aborts when the pool stops: commands that wait go back to the stream, platform calls are finished. */
  readonly stopping: AbortSignal;
  readonly policy: DeliveryPolicy;
  /** Between platform calls that failed. */
  readonly backoff: Backoff;
  /** Between attempts while the database or the broker is unavailable. */
  readonly troubleBackoff: Backoff;
  readonly records: DeliveryRecords;
  readonly leases: Leases;
  readonly directory: Pick<AccountDirectory, "find" | "conversationsOf">;
  readonly channels: ReadonlyMap<string, SendingChannel>;
  readonly prepare: PrepareDelivery;
  readonly openFiles: OpenKeptFiles;
  readonly mustWait: MustWait;
  readonly laterEdits: LaterEdits;
  readonly governor: Pick<Governor, "turn" | "turnNow" | "giveBack" | "throttled" | "isPaused">;
  readonly workers: Pick<Workers, "acquire" | "tryAcquire" | "hasSlot">;
  readonly schedule: Schedule;
  readonly interim: InterimWatch;
  readonly publishReceipt: PublishReceipt;
  /** Undefined when sent commands are not re-injected. */
  readonly reinject: Reinject | undefined;
}

/** Decides which platform call a command becomes, in the place that `authorize` found. */
export type PrepareDelivery = (
  command: SendCommand,
  place: {
    readonly account: Account;
    readonly channel: SendingChannel;
    /** Undefined when the command begins one. */
    readonly conversation: KnownConversation | undefined;
    /** The target of the edit is gone. */
    readonly asPost: boolean;
  },
) => Promise<Preparation>;
