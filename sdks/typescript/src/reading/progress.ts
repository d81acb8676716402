/**
 * What one reader has finished, so that a consumer that was deleted can be made again where it stood:
 * nothing is lost and what was finished here is not handled twice.
 */
export interface Progress {
  /** The server's own account: everything up to `sequence` is finished, by any reader of the durable. */
  floorReached(sequence: number): void;
  settled(sequence: number): void;
  /** Whether this reader finished the message before. */
  isSettled(sequence: number): boolean;
  /** Where a new consumer has to start; undefined while nothing is known. */
  resumeAt(): number | undefined;
  /** The stream was made anew, its sequences mean other messages now. */
  forget(): void;
}

/** Bounds the memory when one old message holds the floor down; beyond it the oldest may be handled again. */
const maxRemembered = 100_000;

export function createProgress(): Progress {
  let floor: number | undefined;
  const settled = new Set<number>();
  return {
    floorReached(sequence) {
      floor = Math.max(floor ?? 0, sequence);
      for (const done of settled) if (done <= sequence) settled.delete(done);
    },
    settled(sequence) {
      if (floor === undefined || sequence > floor) settled.add(sequence);
      if (settled.size <= maxRemembered) return;
      const [oldest] = settled;
      if (oldest !== undefined) settled.delete(oldest);
    },
    isSettled: (sequence) => settled.has(sequence),
    resumeAt: () => (floor === undefined ? undefined : floor + 1),
    forget() {
      floor = undefined;
      settled.clear();
    },
  };
}
