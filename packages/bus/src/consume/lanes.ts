/** For a task that waits while it runs: does the work of its lane that came later although it belongs earlier. */
export type RunEarlierFirst = () => Promise<void>;

/** What a task may know of its lane while it runs. */
export interface LanePlace<Item> {
  readonly runEarlierFirst: RunEarlierFirst;
  /** The next that wait behind, in order. */
  readonly queuedBehind: () => readonly Item[];
}

/** One piece of work that has its place in an order. */
export interface LaneTask<Item> {
  /** Lower runs first among tasks that wait. */
  readonly order: number;
  readonly item: Item;
  /** Never rejects. */
  readonly run: (place: LanePlace<Item>) => Promise<void>;
}

/** Runs tasks with the same key one after the other and tasks with different keys at once. */
export interface Lanes<Item> {
  /** Whether a task with this key runs or waits. */
  isBusy(key: string): boolean;
  /** Without a key the task runs at once. */
  add(key: string | undefined, task: LaneTask<Item>): void;
}

/** Each task may look at what is behind it, so a lane of thousands must not be looked at whole each time. */
const farthestBehind = 500;

/** Creates lanes; a lane lives as long as it has work. */
export function createLanes<Item>(): Lanes<Item> {
  const lanes = new Map<string, LaneTask<Item>[]>();

  const drain = async (key: string, queue: LaneTask<Item>[]): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await runTask(task, queue);
    lanes.delete(key);
  };
  return {
    isBusy: (key) => lanes.has(key),
    add: (key, task) => {
      if (key === undefined) {
        void task.run({ runEarlierFirst: async () => {}, queuedBehind: () => [] });
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

async function runTask<Item>(task: LaneTask<Item>, queue: LaneTask<Item>[]): Promise<void> {
  const runEarlierFirst = async (): Promise<void> => {
    for (let next = queue[0]; next !== undefined && next.order < task.order; next = queue[0]) {
      queue.shift();
      await runTask(next, queue);
    }
  };
  await task.run({
    runEarlierFirst,
    queuedBehind: () => queue.slice(0, farthestBehind).map(({ item }) => item),
  });
}

/** A redelivered message goes before later ones that wait; usually the new one is the last. */
function insert<Item>(queue: LaneTask<Item>[], task: LaneTask<Item>): void {
  let index = queue.length;
  while (index > 0 && (queue[index - 1]?.order ?? 0) > task.order) index -= 1;
  queue.splice(index, 0, task);
}
