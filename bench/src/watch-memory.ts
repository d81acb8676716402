import { readFile } from "node:fs/promises";

/** Samples the resident memory of a process, in MiB, until disposed; `peak()` is the maximum. */
export function watchMemory(pid: number): Disposable & { readonly peak: () => number } {
  let peak = 0;
  const timer = setInterval(() => {
    void readFile(`/proc/${pid}/status`, "utf8")
      .then((status) => {
        peak = Math.max(peak, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      })
      .catch(() => {});
  }, 250);
  return { peak: () => Math.round(peak), [Symbol.dispose]: () => clearInterval(timer) };
}
