import type { SlackSimulator } from "@mio/simulator-slack";
import type { Tally } from "../tally.ts";
import { externalId } from "./see.ts";

export function slackTally(slack: SlackSimulator): Tally {
  const taken = new Set(
    slack
      .deliveries()
      .flatMap(({ status, channel, ts }) =>
        status === 200 && channel !== undefined && ts !== undefined ? [externalId({ channel, ts })] : [],
      ),
  );
  const people = slack
    .chats()
    .flatMap(({ id }) => slack.messages(id))
    .filter(({ author }) => author.kind === "user");
  return {
    accepted: people.filter((message) => taken.has(externalId(message))).length,
    // What has blocks is not echo's.
    answers: slack
      .visiblePosts()
      .filter(({ blocks }) => blocks.length === 0)
      .map(({ text }) => text),
  };
}
