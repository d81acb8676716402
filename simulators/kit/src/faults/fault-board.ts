import type { Clock } from "@mio/pacing";
import type { Gate } from "../serve/gate.ts";

/** The faults that every simulator has. */
export type SharedFault = "slow" | "drop_response" | "late_answer" | "refuse_connections";

/** A fault that is switched on. */
export interface ActiveFault<Name extends string, Options> {
  readonly name: Name;
  readonly options: Options;
  /** Strikes left; undefined means unlimited. */
  readonly remaining: number | undefined;
  readonly hits: number;
}

/** Switches for faults. */
export interface Faults<Name extends string, Options> {
  set(name: Name, options?: Options): void;
  /** Switches one fault off, or all. */
  clear(name?: Name): void;
  active(): readonly ActiveFault<Name, Options>[];
  /** Resolves when the port is open or closed as the faults require. Only `refuse_connections` needs it. */
  settled(): Promise<void>;
}

/** The faults that strike one call. */
export interface Strike<Fault> {
  /** Delay of `slow`; 0 without it. */
  readonly delayMs: number;
  readonly fault: Fault | undefined;
}

/** The faults that are on, for the code that applies them. */
export interface FaultBoard<Name extends string, Options> extends Faults<Name, Options> {
  /** Uses up one strike of a fault; undefined when it is off. */
  take(name: Name): ActiveFault<Name, Options> | undefined;
  /** Uses up one strike of `slow` and of the first other fault that `applies` accepts. */
  strike(applies: (fault: ActiveFault<Name, Options>) => boolean): Strike<ActiveFault<Name, Options>>;
}

export interface FaultSettings {
  readonly times?: number;
  readonly ms?: number;
}

export interface FaultBoardHooks<Name extends string> {
  /** Strikes of a fault that is set without `times`; undefined means unlimited. */
  readonly defaultTimes: (name: Name) => number | undefined;
  /** Runs after each change, each strike included. */
  readonly changed: () => void;
  /** The port that `refuse_connections` closes; undefined before it is open. */
  readonly port: () => Gate | undefined;
  readonly clock: Pick<Clock, "sleep">;
  readonly closing: AbortSignal;
}

export function createFaultBoard<Own extends string, Options extends FaultSettings>(
  hooks: FaultBoardHooks<Own | SharedFault>,
): FaultBoard<Own | SharedFault, Partial<Options>> {
  type Name = Own | SharedFault;
  type Fault = ActiveFault<Name, Partial<Options>>;
  const faults = new Map<Name, Fault>();
  const changed = (): void => {
    followPort(faults.get("refuse_connections")?.options);
    hooks.changed();
  };
  const clear = (name?: Name): void => {
    if (name === undefined) faults.clear();
    else faults.delete(name);
    changed();
  };
  const followPort = createPortFollower(hooks, () => clear("refuse_connections"));
  const use = (fault: Fault): void => {
    const remaining = fault.remaining === undefined ? undefined : fault.remaining - 1;
    if (remaining === 0) faults.delete(fault.name);
    else faults.set(fault.name, { ...fault, remaining, hits: fault.hits + 1 });
    changed();
  };

  return {
    set(name, options = {}) {
      const remaining = options.times ?? hooks.defaultTimes(name);
      faults.set(name, { name, options, remaining, hits: 0 });
      changed();
    },
    clear,
    active: () => [...faults.values()],
    settled: async () => await hooks.port()?.settled(),
    take(name) {
      const fault = faults.get(name);
      if (fault) use(fault);
      return fault;
    },
    strike(applies) {
      const applying = [...faults.values()].filter(applies);
      const slow = applying.find(({ name }) => name === "slow");
      const fault = applying.find(({ name }) => name !== "slow");
      if (slow) use(slow);
      if (fault) use(fault);
      return { delayMs: slow ? (slow.options.ms ?? 1_000) : 0, fault };
    },
  };
}

/** Closes the port while `refuse_connections` is on, and opens it again after the `ms` of the fault. */
function createPortFollower(
  { port, clock, closing }: Pick<FaultBoardHooks<string>, "port" | "clock" | "closing">,
  reopen: () => void,
): (refusal: Partial<FaultSettings> | undefined) => void {
  let isRefusing = false;
  return (refusal) => {
    if ((refusal !== undefined) === isRefusing) return;
    isRefusing = refusal !== undefined;
    if (isRefusing) port()?.shut();
    else port()?.open();
    if (refusal?.ms !== undefined) clock.sleep(refusal.ms, closing).then(reopen, () => undefined);
  };
}
