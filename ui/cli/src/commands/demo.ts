import type { Command } from "commander";
import type { Io } from "../io.ts";
import { natsBinary } from "../nats-binary.ts";

const help = `
Plays these steps on free ports and keeps no state:
  Cliq    a channel text, a direct message, a file, an edit, a duplicate delivery, a forged signature,
          a throttled answer
  Slack   a text by socket and one by webhook, a thread reply, a file, an event repeated under a new id,
          a forged signature, an edit, a deletion, a reaction, an answer with a card
Each step prints what arrived at every hop and when. Exits 0 only if every step passed and no message was lost
or duplicated.`;

export function register(program: Command, io: Io): void {
  program
    .command("demo")
    .description("play a conversation through the whole fleet and show every hop")
    .option("--json", "print one JSON object for each step and a final summary")
    .addHelpText("after", help)
    .action(async (options: { readonly json?: true }) => {
      const { runDemo } = await import("../demo/run-demo.ts");
      const { showStep, showSummary } = await import("../demo/show.ts");
      const summary = await runDemo({
        natsBinary: await natsBinary(io),
        env: io.env,
        signal: io.signal,
        onProgress: (line) => io.note(`mio: ${line}`),
        onStep: (step) => {
          if (options.json) io.out(JSON.stringify({ step }));
          else for (const line of showStep(step, io.paint)) io.out(line);
        },
      });
      if (options.json) io.out(JSON.stringify(summary));
      else io.out(showSummary(summary, io.paint));
      io.exitWith(summary.ok ? 0 : 1);
    });
}
