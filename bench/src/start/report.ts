import { median, ratio, round } from "../numbers.ts";
import type { UpTimes } from "./measure-up.ts";

/** What starts: the services, and a Node that only answers. */
export type StartName = "bare" | "gateway" | "media-vault" | "sender-pool";

/** One start of a process. */
export interface Start {
  readonly ms: number;
  /** User and system, until it was ready. */
  readonly cpuSeconds: number;
}

/** Several starts of one process, until it is ready. */
export interface StartFigures {
  readonly median_ms: number;
  readonly max_ms: number;
  readonly cpu_s: number;
  /** The median by that of a Node which only answers. */
  readonly ratio_bare: number;
}

/** Several runs of `./mio up`; medians, in milliseconds from the command. */
export interface UpFigures {
  readonly loaded_ms: number;
  readonly servers_ms: number;
  readonly ready_ms: number;
  readonly answering_ms: number;
  readonly answered_ms: number;
  readonly answered_max_ms: number;
}

/** The output of `mio bench start --json`. */
export interface StartReport {
  /** Starts on a migrated database. */
  readonly gateway: StartFigures;
  readonly media_vault: StartFigures;
  readonly sender_pool: StartFigures;
  /** Node with a server that answers at once. */
  readonly bare: StartFigures;
  /** The gateway on new servers, with every migration. */
  readonly first_boot: StartFigures;
  /** Servers in a temporary folder, without state on the disk of NATS. */
  readonly up_memory: UpFigures;
  readonly up_new_folder: UpFigures;
  /** In the folder of an earlier run. */
  readonly up_again: UpFigures;
}

export interface Measured {
  readonly starts: ReadonlyMap<StartName, readonly Start[]>;
  readonly firstBoots: readonly Start[];
  readonly up: Readonly<Record<"memory" | "newFolder" | "again", readonly UpTimes[]>>;
}

export function toReport({ starts, firstBoots, up }: Measured): StartReport {
  const bareMs = median((starts.get("bare") ?? []).map(({ ms }) => ms));
  const figures = (name: StartName): StartFigures => toFigures(starts.get(name) ?? [], bareMs);
  return {
    gateway: figures("gateway"),
    media_vault: figures("media-vault"),
    sender_pool: figures("sender-pool"),
    bare: figures("bare"),
    first_boot: toFigures(firstBoots, bareMs),
    up_memory: toUpFigures(up.memory),
    up_new_folder: toUpFigures(up.newFolder),
    up_again: toUpFigures(up.again),
  };
}

function toFigures(starts: readonly Start[], bareMs: number): StartFigures {
  const times = starts.map(({ ms }) => ms);
  return {
    median_ms: median(times),
    max_ms: Math.max(0, ...times),
    cpu_s: round(median(starts.map(({ cpuSeconds }) => cpuSeconds))),
    ratio_bare: ratio(median(times), bareMs),
  };
}

function toUpFigures(runs: readonly UpTimes[]): UpFigures {
  const middle = (of: keyof UpTimes): number => median(runs.map((run) => run[of]));
  return {
    loaded_ms: middle("loaded"),
    servers_ms: middle("servers"),
    ready_ms: middle("ready"),
    answering_ms: middle("answering"),
    answered_ms: middle("answered"),
    answered_max_ms: Math.max(0, ...runs.map(({ answered }) => answered)),
  };
}
