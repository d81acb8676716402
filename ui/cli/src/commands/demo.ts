import type { Command } from "commander";
import type { Io } from "../io.ts";
import { natsBinary } from "../nats-binary.ts";

const help = `
Plays, on free ports and with nothing kept:
  Cliq    a channel text, a direct message, a file, an edit, a delivery that comes twice, a forged signature,
          an answer that the platform throttles
  Slack   a text by socket and one by webhook, a thread reply, a file, an event that comes again under a new
          id, a forged signature, an edit, a deletion, a reaction, an answer with a card
For each step it shows what was seen at every hop and when. Exit code 0 only if every step was seen, nothing
was lost and nothing appeared twice.`;

export function register(program: Command, io: Io): void {
  program
    .command("demo")
    .description("play a conversation through the whole fleet and show every hop")
    .option("--json", "print one JSON object for each step, and a last one for the whole")
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
