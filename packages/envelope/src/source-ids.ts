/** Between the source id of a message and the revision of its edit. */
export const editMark = ":edit:";

/**
 * The source id of the event that a message is gone, the same on every channel. A message is deleted once, so its
 * deletion needs no other name; whether a message is gone is known by looking for it.
 */
export function deletionIdOf(sourceMessageId: string): string {
  return `${sourceMessageId}:delete`;
}
