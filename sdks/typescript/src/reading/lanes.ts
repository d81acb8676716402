import { compareIdentities, type Identity } from "./delivery.ts";

/** One piece of work that has its place in an order. Handles its own failures; one that rejects only frees its place. */
export interface LaneTask {
  /** Earlier messages run first among tasks of a lane that wait. */
  readonly order: Identity;
  readonly run: () => Promise<void>;
  /** Asked before it runs, without taking a place; after `false` the task that is first then is asked. */
  readonly hasTurn?: () => Promise<boolean> | true;
}

/** Runs tasks: those of one key one after another, those of different keys side by side, at most `limit` at a time. */
export interface Lanes {
  add(key: string, task: LaneTask): void;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

export function createLanes(limit: number): Lanes {
  const lanes = new Map<string, { readonly waiting: LaneTask[]; readonly done: Promise<void> }>();
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
  const drain = async (key: string, waiting: LaneTask[]) => {
    while (waiting.length > 0) {
      const turn = waiting[0]?.hasTurn?.() ?? true;
      if (turn !== true && !(await turn)) continue;
      await enter();
      await waiting
        .shift()
        ?.run()
        .catch(() => {});
      leave();
    }
    lanes.delete(key);
  };

  return {
    add(key, task) {
      const lane = lanes.get(key);
      if (lane !== undefined) {
        insert(lane.waiting, task);
        return;
      }
      const waiting = [task];
      lanes.set(key, { waiting, done: drain(key, waiting) });
    },
    async idle() {
      while (lanes.size > 0) await Promise.all([...lanes.values()].map(({ done }) => done));
    },
  };
}

/** A message that came again goes before later ones that wait; usually the new one is the last. */
function insert(waiting: LaneTask[], task: LaneTask): void {
  const index = waiting.findLastIndex(({ order }) => compareIdentities(order, task.order) <= 0);
  waiting.splice(index + 1, 0, task);
}
