import type { SendCommand } from "@mio/proto";
import { toOperation } from "../../src/job/read-command.ts";
import type { History } from "./run-simulation.ts";

/** Every promise that a history breaks, in words; none when all were kept. */
export function judgeHistory(history: History): readonly string[] {
  const all = [...comesToRest(history), ...endsRightly(history), ...isPostedOnce(history)];
  return [
    ...all,
    ...isInOrder(history),
    ...showsTheLastEdit(history),
    ...keepsTheLastEdit(history),
    ...obeys(history),
  ];
}

function comesToRest({ cameToRest, stream }: History): readonly string[] {
  return cameToRest ? [] : [`${stream.left()} commands never ended`];
}

/** Every obligation ends in sent, suppressed or, by the platform's fault, dead. */
function endsRightly({ commands, receipts, records, platform }: History): readonly string[] {
  return commands.flatMap(({ id, accountId }) => {
    const announced = receipts.get(id);
    const state = records.look(accountId, id)?.state;
    const isRight =
      (announced === "sent" && state === "sent") ||
      (announced === "suppressed" && state === "suppressed") ||
      (announced === "failed" && state === "dead" && platform.refused.has(id));
    return isRight ? [] : [`${id} was announced as ${announced} and is on record as ${state}`];
  });
}

function isPostedOnce({ commands, platform, receipts }: History): readonly string[] {
  const posts = Map.groupBy(platform.posts, ({ commandId }) => commandId);
  return commands.flatMap((command) => {
    const count = posts.get(command.id)?.length ?? 0;
    if (count > 1) return [`${command.id} was posted ${count} times`];
    const isMissing = count === 0 && receipts.get(command.id) === "sent" && !isEdit(command);
    return isMissing ? [`${command.id} was announced as sent and is not shown`] : [];
  });
}

/** Posts of a conversation are shown in the order in which they were stored, but for those for later. */
function isInOrder({ commands, platform }: History): readonly string[] {
  const place = new Map(commands.map(({ id }, index) => [id, index]));
  const later = idsForLater(commands);
  const conversations = Map.groupBy(platform.posts, ({ conversationId }) => conversationId);
  return [...conversations].flatMap(([conversation, posts]) => {
    const places = posts
      .filter(({ commandId }) => !later.has(commandId))
      .map((post) => place.get(post.commandId) ?? 0);
    const isSorted = places.every((at, index) => index === 0 || at > (places[index - 1] ?? 0));
    return isSorted ? [] : [`${conversation} shows its posts in another order`];
  });
}

/** Commands that leave their conversation until their time, and those about them. */
function idsForLater(commands: readonly SendCommand[]): ReadonlySet<string> {
  const posts = new Set(commands.filter(({ sendAt }) => sendAt !== undefined).map(({ id }) => id));
  const about = commands.filter(({ editOfMessageId }) => posts.has(editOfMessageId)).map(({ id }) => id);
  return new Set([...posts, ...about]);
}

/** "thinking…" always ends as the last edit that was sent. */
function showsTheLastEdit({ commands, platform, receipts }: History): readonly string[] {
  return platform.posts.flatMap((post) => {
    const edits = commands.filter(
      ({ id, editOfMessageId }) => editOfMessageId === post.commandId && receipts.get(id) === "sent",
    );
    const last = edits.at(-1);
    if (last === undefined || post.text === last.text) return [];
    // An edit of a post that was refused is a post itself.
    const isShownAlone = platform.posts.some(({ commandId }) => commandId === last.id);
    // One whose answer was lost, and that was refused when it was done again.
    const isShownRefused = commands.some(({ id, text }) => text === post.text && platform.refused.has(id));
    return isShownAlone || isShownRefused
      ? []
      : [`${post.commandId} shows ${post.text} and not ${last.text}`];
  });
}

/** An edit is left out only for a later one. */
function keepsTheLastEdit({ commands, receipts }: History): readonly string[] {
  const edits = Map.groupBy(commands.filter(isEdit), ({ editOfMessageId }) => editOfMessageId);
  return [...edits.values()].flatMap((all) => {
    const last = all.at(-1);
    return last !== undefined && receipts.get(last.id) === "suppressed"
      ? [`${last.id}, the last edit of ${last.editOfMessageId}, was left out`]
      : [];
  });
}

function obeys({ platform }: History): readonly string[] {
  return platform.disobeyed.map((id) => `${id} was called while the platform had asked for silence`);
}

function isEdit(command: SendCommand): boolean {
  return toOperation(command).kind === "edit";
}
