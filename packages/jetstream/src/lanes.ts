import { createSemaphore } from "@mio/pacing";

/** What a running task may do with its lane. */
export interface LanePlace<Item> {
  /** For a task that waits while it runs: runs the waiting tasks of its lane that belong before it. */
  readonly runEarlierFirst: () => Promise<void>;
  /** The items that wait behind it, in order; at most the next 500. */
  readonly queuedBehind: () => readonly Item[];
}

/** One piece of work that has its place in an order. */
export interface LaneTask<Item, Order> {
  readonly order: Order;
  readonly item: Item;
  /** When it rejects, its lane goes on with the next task. */
  readonly run: (place: LanePlace<Item>) => Promise<void>;
  /** Asked before the task takes a slot. After `false` the lane asks the task that is first then. */
  readonly hasTurn?: () => Promise<boolean> | true;
}

export interface LanesOptions<Order> {
  /** Negative when `one` runs before `other`, as for `toSorted`. */
  readonly compare: (one: Order, other: Order) => number;
  /** How many tasks with a key may run at a time. Default: any number. */
  readonly limit?: number;
}

/** Runs tasks with the same key one after the other, and tasks with different keys at the same time. */
export interface Lanes<Item, Order = number> {
  /** Whether a task with this key runs or waits. */
  isBusy(key: string): boolean;
  /** Without a key the task runs at once and needs no slot. */
  add(key: string | undefined, task: LaneTask<Item, Order>): void;
  /** Resolves when no task with a key runs or waits. */
  idle(): Promise<void>;
}

/** A task may look behind itself each time it runs, so a look at a lane of thousands must stay cheap. */
const farthestBehind = 500;

/** Creates lanes. A lane exists as long as it has tasks. */
export function createLanes<Item, Order = number>(options: LanesOptions<Order>): Lanes<Item, Order> {
  const { compare, limit } = options;
  const lanes = new Map<string, { readonly waiting: LaneTask<Item, Order>[]; done: Promise<void> }>();
  const slots = limit === undefined ? undefined : createSemaphore(limit);

  const runTask = async (task: LaneTask<Item, Order>, waiting: LaneTask<Item, Order>[]): Promise<void> => {
    const runEarlierFirst = async (): Promise<void> => {
      for (
        let [next] = waiting;
        next !== undefined && compare(next.order, task.order) < 0;
        [next] = waiting
      ) {
        waiting.shift();
        await runTask(next, waiting);
      }
    };
    const queuedBehind = () => waiting.slice(0, farthestBehind).map(({ item }) => item);
    await task.run({ runEarlierFirst, queuedBehind }).catch(() => {});
  };
  const runFirst = async (waiting: LaneTask<Item, Order>[]): Promise<void> => {
    if (slots?.tryAcquire() === false) await slots.acquire();
    // Not the task that was first before the wait: an earlier one may have come.
    const task = waiting.shift();
    if (task !== undefined) await runTask(task, waiting);
    slots?.release();
  };
  const drain = async (key: string, waiting: LaneTask<Item, Order>[]): Promise<void> => {
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      const turn = first.hasTurn?.() ?? true;
      if (turn === true || (await turn)) await runFirst(waiting);
    }
    lanes.delete(key);
  };
  return {
    isBusy: (key) => lanes.has(key),
    add: (key, task) => {
      if (key === undefined) return void runTask(task, []);
      const lane = lanes.get(key);
      if (lane !== undefined) {
        const index = lane.waiting.findLastIndex(({ order }) => compare(order, task.order) <= 0);
        lane.waiting.splice(index + 1, 0, task);
        return;
      }
      const fresh = { waiting: [task], done: Promise.resolve() };
      // Before it runs, because the task may add another one of its key.
      lanes.set(key, fresh);
      fresh.done = drain(key, fresh.waiting);
    },
    idle: async () => {
      while (lanes.size > 0) await Promise.all([...lanes.values()].map(({ done }) => done));
    },
  };
}
