/** Runs work one after the other where it shares a name with other work. */
export type InTurn = <Result>(names: readonly string[], work: () => Promise<Result>) => Promise<Result>;

export function createTurns(): InTurn {
  const underWay = new Map<string, Promise<unknown>>();
  return async (names, work) => {
    for (;;) {
      const earlier = names.map((name) => underWay.get(name)).find((found) => found !== undefined);
      if (earlier === undefined) break;
      await earlier.catch(() => undefined);
    }
    const own = work();
    for (const name of names) underWay.set(name, own);
    try {
      return await own;
    } finally {
      for (const name of names) underWay.delete(name);
    }
  };
}
