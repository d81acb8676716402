import type { Announcer } from "../events/announcer.ts";
import type { WritingContext } from "../events/message-object.ts";
import type { SlackAuthor, SlackBot, SlackTeam } from "../model.ts";
import type { SlackState } from "../state/state.ts";

/** The internals of one workspace, for the API, its people and the page. */
export interface Core {
  readonly team: SlackTeam;
  readonly bot: SlackBot;
  /** Scopes of the bot's tokens. */
  readonly scopes: readonly string[];
  /** The bot, as the author of API posts. */
  readonly author: SlackAuthor;
  /** The user who installed the app. */
  readonly installerId: string;
  readonly state: SlackState;
  readonly writing: WritingContext;
  readonly announcer: Announcer;
  /** Origin of API, files and sockets, without a trailing slash. */
  readonly origin: () => string;
  readonly issueTicket: () => string;
}
