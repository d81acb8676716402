/** Between the source id of a message and the revision of its edit. */
export const editMark = ":edit:";

/**
 * The source id of the deletion of a message, the same on every channel. A message is deleted once, so its deletion needs
 * no other id. A message is deleted if an event with this id exists.
 */
export function deletionIdOf(sourceMessageId: string): string {
  return `${sourceMessageId}:delete`;
}
