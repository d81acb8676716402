/** The ids of our own bots, in either spelling. */
export interface BotIds {
  has(senderId: string): boolean;
  readonly size: number;
}

const botPrefix = "b-";

/** Parses a comma-separated list; a prefix `b-` makes no difference. */
export function parseBotIds(list: string): BotIds {
  const ids = new Set(
    list
      .split(",")
      .map(bare)
      .filter((id) => id !== ""),
  );
  return { has: (senderId) => ids.has(bare(senderId)), size: ids.size };
}

/** Whether a sender id is a bot's. */
export function isBotId(senderId: string): boolean {
  return senderId.startsWith(botPrefix);
}

function bare(id: string): string {
  const trimmed = id.trim();
  return isBotId(trimmed) ? trimmed.slice(botPrefix.length) : trimmed;
}
