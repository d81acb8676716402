/** For a task that waits while it runs: does the work of its lane that came later although it belongs earlier. */
export type LetEarlierPass = () => Promise<void>;

/** One piece of work that has its place in an order. */
export interface LaneTask {
  /** Lower runs first among tasks that wait. */
  readonly order: number;
  /** Never rejects. */
  readonly run: (letEarlierPass: LetEarlierPass) => Promise<void>;
}

/** Runs tasks with the same key one after the other and tasks with different keys at once. */
export interface Lanes {
  /** Without a key the task runs at once. */
  add(key: string | undefined, task: LaneTask): void;
}

/** Creates lanes; a lane lives as long as it has work. */
export function createLanes(): Lanes {
  const lanes = new Map<string, LaneTask[]>();

  const drain = async (key: string, queue: LaneTask[]): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await runTask(task, queue);
    lanes.delete(key);
  };
  return {
    add: (key, task) => {
      if (key === undefined) {
        void task.run(async () => {});
        return;
      }
      const queue = lanes.get(key);
      if (queue !== undefined) {
        insert(queue, task);
        return;
      }
      const fresh = [task];
      lanes.set(key, fresh);
      void drain(key, fresh);
    },
  };
}

async function runTask(task: LaneTask, queue: LaneTask[]): Promise<void> {
  await task.run(async () => {
    for (let next = queue[0]; next !== undefined && next.order < task.order; next = queue[0]) {
      queue.shift();
      await runTask(next, queue);
    }
  });
}

/** A redelivered message goes before later ones that wait; usually the new one is the last. */
function insert(queue: LaneTask[], task: LaneTask): void {
  let index = queue.length;
  while (index > 0 && (queue[index - 1]?.order ?? 0) > task.order) index -= 1;
  queue.splice(index, 0, task);
}
