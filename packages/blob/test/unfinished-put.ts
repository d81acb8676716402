// Uploads two parts of an object to the store of its argument, says so, and hangs.
import { argv, stdout } from "node:process";
import { openBlobStore } from "../src/index.ts";

const [, , url = ""] = argv;
const store = await openBlobStore(url);

async function* body() {
  for (let part = 0; part < 3; part += 1) yield Buffer.alloc(8 * 1024 * 1024, part);
  stdout.write("uploaded");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

await store.put("big", body(), { contentType: "text/plain", metadata: {}, ifAbsent: true });
