import { parseSubject } from "@mio/envelope";

/** Commands with the same lane are carried out one after the other, in stream order. */
export function laneOf(subject: string): string | undefined {
  const route = parseSubject(subject);
  return route && `${route.accountId}/${route.conversationId}`;
}
