import { MioError } from "@mio/failure";
import { createBoundedMap } from "@mio/pacing";
import type { SlackMessage } from "../model.ts";
import type { SlackDelivery } from "../traffic.ts";
import type { SlackDeliveryOptions, SlackSaid } from "../types.ts";
import type { Courier } from "./courier.ts";
import type { InnerEvent, Scene } from "./inner-event.ts";
import type { WritingContext } from "./message-object.ts";
import { type Parcel, toParcel } from "./parcel.ts";

/** Last events kept, to send them again. */
const maxParcels = 10_000;

/** Tells the app what happened in a workspace. */
export interface Announcer {
  /** Tells it, unless the bot is not in the conversation, and resolves after the first attempts. */
  announce(happening: Happening, delivery?: SlackDeliveryOptions): Promise<SlackSaid>;
  /** As {@link announce}, for what the app did itself: nobody waits for it. */
  mention(happening: Happening): void;
  /** @throws MioError `simulator.unknown_target` when nothing of that id was sent. */
  redeliver(eventIdOrTs: string, delivery?: SlackDeliveryOptions): Promise<readonly SlackDelivery[]>;
}

export interface Happening {
  readonly about: SlackMessage;
  /** Written at the moment it happened. */
  readonly events: (scene: Scene) => readonly InnerEvent[];
}

export interface AnnouncerOptions {
  readonly writing: WritingContext;
  readonly findChat: (id: string) => Scene["chat"] | undefined;
  readonly courier: Courier;
  readonly now: () => Date;
  readonly nextEventId: () => string;
}

export function createAnnouncer({
  writing,
  findChat,
  courier,
  now,
  nextEventId,
}: AnnouncerOptions): Announcer {
  const archive = createArchive();

  const announce: Announcer["announce"] = async ({ about, events }, delivery) => {
    const chat = findChat(about.channel);
    const seen = chat?.hasBot ? events({ ...writing, chat }) : [];
    const parcels = seen.map((event) =>
      toParcel(event, { team: writing.team, bot: writing.bot, at: now(), nextEventId }),
    );
    archive.keep(about.ts, parcels);
    const deliveries = await Promise.all(parcels.map((parcel) => courier.send(parcel, "original", delivery)));
    const rawBodies = parcels.map(({ body }) => body);
    return { channel: about.channel, ts: about.ts, rawBodies, deliveries: deliveries.flat() };
  };

  return {
    announce,
    mention: (happening) => courier.background(announce(happening)),
    redeliver: async (eventIdOrTs, delivery) => {
      const parcels = archive.find(eventIdOrTs);
      const sent = parcels.map((parcel) => courier.send(parcel, "redelivered", delivery));
      return (await Promise.all(sent)).flat();
    },
  };
}

function createArchive(): {
  readonly keep: (ts: string, parcels: readonly Parcel[]) => void;
  readonly find: (eventIdOrTs: string) => readonly Parcel[];
} {
  const kept = createBoundedMap<string, readonly Parcel[]>(maxParcels);
  return {
    keep(ts, parcels) {
      if (parcels.length === 0) return;
      for (const parcel of parcels) kept.set(parcel.eventId, [parcel]);
      kept.set(ts, parcels);
    },
    find(eventIdOrTs) {
      const parcels = kept.peek(eventIdOrTs);
      if (parcels) return parcels;
      throw new MioError("simulator.unknown_target", `No event was sent under ${eventIdOrTs}.`);
    },
  };
}
