import type { Command } from "commander";
import type { Io } from "../io.ts";

interface Options {
  readonly out: string;
  readonly json?: true;
}

const help = `
Each service becomes a folder that needs only Node 24 or newer: copy it and run
  node <folder>/dist/main.js
It has the code in few files with their source maps, the compiled code, the migrations of
Postgres, and the licences of the packages inside. Compiled code belongs to one version of
Node and one kind of processor; with others the service compiles at each start.`;

export function register(program: Command, io: Io): void {
  program
    .command("build")
    .description("build the services for shipping")
    .option("--out <folder>", "write the services to this folder", "dist/services")
    .option("--json", "print one JSON object instead of text")
    .addHelpText("after", help)
    .action(async ({ out, json }: Options) => {
      const { buildServices } = await import("@mio/tools");
      const { root, env, signal } = io;
      const services = await buildServices({ root, env, signal, folder: out });
      if (json) return io.out(JSON.stringify({ ok: true, services }));
      for (const { name, folder, modules } of services)
        io.out(`${name.padEnd(12)} ${folder}, ${modules} modules`);
    });
}
