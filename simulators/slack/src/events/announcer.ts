import { MioError } from "@mio/failure";
import { createBoundedMap } from "@mio/pacing";
import type { SlackMessage } from "../model.ts";
import type { SlackDelivery } from "../traffic.ts";
import type { SlackDeliveryOptions, SlackSaid } from "../types.ts";
import type { EventSender } from "./event-sender.ts";
import type { EventContext, InnerEvent } from "./inner-event.ts";
import type { WritingContext } from "./message-object.ts";
import { type OutgoingEvent, toOutgoingEvent } from "./outgoing-event.ts";

/** Number of events kept for `redeliver`. */
const maxKept = 10_000;

/** Sends the events of a workspace to its app. */
export interface Announcer {
  /** Sends events if the bot is in the conversation. Resolves after the first attempts. */
  announce(announcement: Announcement, delivery?: SlackDeliveryOptions): Promise<SlackSaid>;
  /** As {@link announce}, without waiting. For changes that the app made itself. */
  announceInBackground(announcement: Announcement): void;
  /** @throws MioError `simulator.unknown_target` when no event was sent under that id. */
  redeliver(eventIdOrTs: string, delivery?: SlackDeliveryOptions): Promise<readonly SlackDelivery[]>;
}

export interface Announcement {
  readonly about: SlackMessage;
  /** Builds the events in the state at the time of the change. */
  readonly events: (context: EventContext) => readonly InnerEvent[];
}

export interface AnnouncerOptions {
  readonly writing: WritingContext;
  readonly findChat: (id: string) => EventContext["chat"] | undefined;
  readonly eventSender: EventSender;
  readonly now: () => Date;
  readonly nextEventId: () => string;
}

export function createAnnouncer({
  writing,
  findChat,
  eventSender,
  now,
  nextEventId,
}: AnnouncerOptions): Announcer {
  const archive = createArchive();

  const announce: Announcer["announce"] = async ({ about, events }, delivery) => {
    const chat = findChat(about.channel);
    const seen = chat?.hasBot ? events({ ...writing, chat }) : [];
    const outgoingEvents = seen.map((event) =>
      toOutgoingEvent(event, { team: writing.team, bot: writing.bot, at: now(), nextEventId }),
    );
    archive.keep(about.ts, outgoingEvents);
    const deliveries = await Promise.all(
      outgoingEvents.map((outgoing) => eventSender.send(outgoing, "original", delivery)),
    );
    const rawBodies = outgoingEvents.map(({ body }) => body);
    return { channel: about.channel, ts: about.ts, rawBodies, deliveries: deliveries.flat() };
  };

  return {
    announce,
    announceInBackground: (announcement) => eventSender.background(announce(announcement)),
    redeliver: async (eventIdOrTs, delivery) => {
      const outgoingEvents = archive.find(eventIdOrTs);
      const sent = outgoingEvents.map((outgoing) => eventSender.send(outgoing, "redelivered", delivery));
      return (await Promise.all(sent)).flat();
    },
  };
}

function createArchive(): {
  readonly keep: (ts: string, outgoingEvents: readonly OutgoingEvent[]) => void;
  readonly find: (eventIdOrTs: string) => readonly OutgoingEvent[];
} {
  const kept = createBoundedMap<string, readonly OutgoingEvent[]>(maxKept);
  return {
    keep(ts, outgoingEvents) {
      if (outgoingEvents.length === 0) return;
      for (const outgoing of outgoingEvents) kept.set(outgoing.eventId, [outgoing]);
      kept.set(ts, outgoingEvents);
    },
    find(eventIdOrTs) {
      const outgoingEvents = kept.peek(eventIdOrTs);
      if (outgoingEvents) return outgoingEvents;
      throw new MioError("simulator.unknown_target", `No event was sent under ${eventIdOrTs}.`);
    },
  };
}
