/** A fault that is switched on. */
export interface SetFault<Name extends string, Options> {
  readonly name: Name;
  readonly options: Options;
  /** Strikes left; undefined is without end. */
  readonly remaining: number | undefined;
  readonly hits: number;
}

/** Which faults are on, and how often each strikes yet. */
export interface SwitchBoard<Name extends string, Options> {
  set(name: Name, options?: Options): void;
  /** Switches one fault off, or all. */
  clear(name?: Name): void;
  active(): readonly SetFault<Name, Options>[];
  /** Uses up one strike. */
  use(name: Name): void;
}

export function createSwitchBoard<Name extends string, Options extends { readonly times?: number }>(hooks: {
  readonly none: Options;
  /** How often a fault strikes when nobody says; undefined is without end. */
  readonly defaultTimes: (name: Name) => number | undefined;
  readonly changed: () => void;
}): SwitchBoard<Name, Options> {
  const faults = new Map<Name, SetFault<Name, Options>>();
  return {
    set(name, options = hooks.none) {
      const remaining = options.times ?? hooks.defaultTimes(name);
      faults.set(name, { name, options, remaining, hits: 0 });
      hooks.changed();
    },
    clear(name) {
      if (name === undefined) faults.clear();
      else faults.delete(name);
      hooks.changed();
    },
    active: () => [...faults.values()],
    use(name) {
      const fault = faults.get(name);
      if (!fault) return;
      const remaining = fault.remaining === undefined ? undefined : fault.remaining - 1;
      if (remaining === 0) faults.delete(name);
      else faults.set(name, { ...fault, remaining, hits: fault.hits + 1 });
      hooks.changed();
    },
  };
}
