import { setFlagsFromString } from "node:v8";

/** How far the old generation may grow beyond what is alive before V8 collects it, in percent. */
const growingPercent = 120;

/**
 * Sizes the heap of this process. With a small `--max-old-space-size`, V8 lets the old generation grow by only 30 to
 * 40 % and so collects it every few seconds under load; each collection delays requests by tens of milliseconds.
 */
export function sizeHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
}
