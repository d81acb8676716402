/** Runs tasks: those of one key one after another, those of different keys side by side, at most `limit` at a time. */
export interface Lanes {
  /** Queues a task. Tasks handle their own failures; one that rejects only frees its place. */
  run(key: string, task: () => Promise<void>): void;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

export function createLanes(limit: number): Lanes {
  const tails = new Map<string, Promise<void>>();
  const queue: (() => void)[] = [];
  let running = 0;

  const enter = async () => {
    if (running >= limit) {
      const { promise, resolve } = Promise.withResolvers<void>();
      queue.push(resolve);
      await promise;
    } else {
      running += 1;
    }
  };
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  const work = async (before: Promise<void> | undefined, task: () => Promise<void>) => {
    await before;
    await enter();
    await task().catch(() => {});
    leave();
  };

  return {
    run(key, task) {
      const tail = work(tails.get(key), task).then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
      tails.set(key, tail);
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
