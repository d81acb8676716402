import { MessageRelation_Kind } from "@mio/proto";
import type { SlackMessage, SlackSaid } from "@mio/simulator-slack";
import { seeChange } from "../see.ts";
import type { Notes, Stage, Step } from "../step.ts";
import { externalId, noteDeliveries, seeAnswer } from "./see.ts";

/** A user changes a message: the enriched stream has the change with its target, and the bot does not answer. */
async function playChange(
  stage: Stage,
  notes: Notes,
  change: {
    readonly channel: string;
    readonly text: string;
    readonly kind: MessageRelation_Kind;
    readonly make: (message: SlackSaid) => Promise<SlackSaid>;
  },
): Promise<void> {
  const { slack } = stage.fleet;
  const said = await slack.say({ channel: change.channel, user: "Ana", text: change.text });
  await seeAnswer(stage, notes, `echo: ${change.text}`);
  const before = visible(stage).length;
  const changed = await change.make(said);
  noteDeliveries(notes, changed.deliveries);
  await seeChange(stage, notes, { kind: change.kind, targetExternalId: externalId(said) });
  notes.expect(visible(stage).length === before, "the bot answered a change");
}

function visible({ fleet }: Stage): readonly SlackMessage[] {
  return fleet.slack.visiblePosts();
}

const edit: Step = {
  name: "slack: edit",
  play: (stage, notes) =>
    playChange(stage, notes, {
      channel: "standup",
      text: "standup at nine",
      kind: MessageRelation_Kind.EDIT,
      make: ({ channel, ts }) => stage.fleet.slack.edit(channel, ts, "standup at ten"),
    }),
};

const removal: Step = {
  name: "slack: delete",
  play: (stage, notes) =>
    playChange(stage, notes, {
      channel: "second-thoughts",
      text: "never mind",
      kind: MessageRelation_Kind.DELETE,
      make: ({ channel, ts }) => stage.fleet.slack.remove(channel, ts),
    }),
};

const reaction: Step = {
  name: "slack: reaction",
  play: (stage, notes) =>
    playChange(stage, notes, {
      channel: "releases",
      text: "shipped",
      kind: MessageRelation_Kind.REACTION,
      make: ({ channel, ts }) => stage.fleet.slack.react({ channel, ts, user: "Ben", emoji: "tada" }),
    }),
};

export const changeSteps: readonly Step[] = [edit, removal, reaction];
