import type { Announcer } from "../events/announcer.ts";
import type { WritingContext } from "../events/message-object.ts";
import type { SlackAuthor, SlackBot, SlackTeam } from "../model.ts";
import type { SlackState } from "../state/state.ts";

/** One workspace from the inside: what the API, its people and the page work with. */
export interface Core {
  readonly team: SlackTeam;
  readonly bot: SlackBot;
  /** What the bot's tokens may do. */
  readonly scopes: readonly string[];
  /** The bot as the author of what the API posts. */
  readonly author: SlackAuthor;
  /** Who installed the app. */
  readonly installerId: string;
  readonly state: SlackState;
  readonly writing: WritingContext;
  readonly announcer: Announcer;
  /** Where API, files and sockets are, without a slash at the end. */
  readonly origin: () => string;
  readonly issueTicket: () => string;
}
