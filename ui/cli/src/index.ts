export { createIo, type Io, type IoOptions } from "./io.ts";
export { run } from "./run.ts";
