import { enableCompileCache } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";

// Before any other module loads: compiling them is most of a start. A folder that cannot be written is no error.
enableCompileCache({
  directory: fileURLToPath(new URL("../dist/.compile-cache", import.meta.url)),
  portable: true,
});
const { start } = await import("./start.ts");
await start(process);
