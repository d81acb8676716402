import type { SlackBot, SlackTeam } from "../model.ts";
import type { InnerEvent } from "./inner-event.ts";

/** An event to send, with its fields for the log. */
export interface OutgoingEvent {
  readonly teamId: string;
  readonly appId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly channel: string | undefined;
  readonly ts: string | undefined;
  /** The exact body of the webhook, or the payload of the envelope. */
  readonly body: string;
  /** Copies the event under another id, as Slack sometimes sends it. */
  readonly renamed: () => OutgoingEvent;
}

/** Deprecated by Slack in favour of signatures, but still part of every event. */
const verificationToken = "simulated-verification-token";

/** Wraps an event in an `event_callback`. */
export function toOutgoingEvent(
  event: InnerEvent,
  context: {
    readonly team: SlackTeam;
    readonly bot: SlackBot;
    readonly at: Date;
    readonly nextEventId: () => string;
  },
): OutgoingEvent {
  const { team, bot, at } = context;
  const eventId = context.nextEventId();
  const body = {
    token: verificationToken,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: bot.appId,
    event: event.body,
    type: "event_callback",
    event_id: eventId,
    event_time: Math.floor(at.getTime() / 1_000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: bot.userId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${Buffer.from(`${team.id}.${bot.appId}.${event.channel}`).toString("base64url")}`,
  };
  return {
    teamId: team.id,
    appId: bot.appId,
    eventId,
    eventType: event.type,
    channel: event.channel,
    ts: event.ts,
    body: JSON.stringify(body),
    renamed: () => toOutgoingEvent(event, context),
  };
}
