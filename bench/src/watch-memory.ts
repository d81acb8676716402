import { readFile } from "node:fs/promises";

/** Resident memory of a process in MiB, sampled until disposed; `peak()` is the largest seen. */
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
