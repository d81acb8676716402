import type { Command } from "commander";
import type { Io } from "../io.ts";
import { register as registerBench } from "./bench.ts";
import { register as registerBuild } from "./build.ts";
import { register as registerCheck } from "./check.ts";
import { register as registerCredentials } from "./credentials.ts";
import { register as registerDemo } from "./demo.ts";
import { register as registerDlq } from "./dlq.ts";
import { register as registerDoctor } from "./doctor.ts";
import { register as registerHelp } from "./help.ts";
import { register as registerMigrate } from "./migrate.ts";
import { register as registerPack } from "./pack.ts";
import { register as registerTest } from "./test.ts";
import { register as registerUp } from "./up.ts";

/** Adds one command to the program. A command imports its dependencies when it runs, so that help stays fast. */
export type Register = (program: Command, io: Io) => void;

const registers: readonly Register[] = [
  registerUp,
  registerDemo,
  registerCheck,
  registerTest,
  registerBench,
  registerBuild,
  registerPack,
  registerMigrate,
  registerCredentials,
  registerDlq,
  registerDoctor,
  registerHelp,
];

/** Every command, in the order of the help. */
export function registerAll(program: Command, io: Io): void {
  for (const register of registers) register(program, io);
}
