import type { CliqSimulator } from "../types.ts";

/** The simulator as the control API and the page see it. */
export type Controlled = Omit<CliqSimulator, "url" | typeof Symbol.asyncDispose>;
