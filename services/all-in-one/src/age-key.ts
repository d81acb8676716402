import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentityFile } from "@mio/sealing";
import type { Env } from "@mio/service-kit";
import type { Storage } from "./start-servers.ts";

/**
 * The settings of the sealing key: the user's own, or one that is generated at the first start and stored with the
 * state. With external servers no key is generated, because the credentials it seals would outlive it.
 */
export async function ageKeySettings(
  env: Env,
  { home, storage }: { readonly home: string; readonly storage: Storage },
): Promise<Env> {
  if (storage.kind === "external" || env["MIO_AGE_KEY"] || env["MIO_AGE_KEY_FILE"]) return {};
  const path = join(home, "age-key.txt");
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeFile(path, await generateIdentityFile(new Date()), { mode: 0o600, flag: "wx" });
  return { MIO_AGE_KEY_FILE: path };
}
