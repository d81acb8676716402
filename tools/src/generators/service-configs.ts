import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { listFiles, repositoryRoot } from "./repository.ts";

/** A service and the schema of its settings. */
export interface ServiceConfig {
  /** The name of its folder below `services/`. */
  readonly service: string;
  readonly schema: z.ZodObject;
}

/** Finds every service whose `config.ts` exports a Zod object; a service that uses the SDK alone has none. */
export async function findServiceConfigs(): Promise<readonly ServiceConfig[]> {
  const found = await Promise.all(
    listFiles("services/*/src/config.ts").map(async (path) => {
      const exported: object = await import(pathToFileURL(join(repositoryRoot, path)).href);
      const schemas = Object.values(exported).filter((value) => value instanceof z.ZodObject);
      return schemas.map((schema) => ({ service: path.split("/")[1] ?? path, schema }));
    }),
  );
  return found.flat();
}
