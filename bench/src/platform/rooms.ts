/** Channels that exist in the simulated Cliq; conversations share them. */
export const roomNames: readonly string[] = Array.from({ length: 20 }, (_, index) => `room-${index}`);
