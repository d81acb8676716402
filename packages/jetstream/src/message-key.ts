/** What identifies a stored message, also after its stream was recreated and counts from 1 again. */
export function messageKey(streamSequence: number, storedAtMs: number): string {
  return `${streamSequence}@${storedAtMs}`;
}
