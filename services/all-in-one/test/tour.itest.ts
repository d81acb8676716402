import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { filesOf, type Tour, withFiles } from "./tour/tour-page.ts";

const pagePath = new URL("../../../docs/tour.md", import.meta.url);

async function printTour(): Promise<Tour> {
  const script = fileURLToPath(new URL("tour/print-tour.ts", import.meta.url));
  const { PATH, MIO_POSTGRES_BIN } = process.env;
  const env = { PATH, MIO_POSTGRES_BIN, MIO_NATS_SERVER: inject("mioNatsServer") };
  const args = ["--conditions=@mio/source", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout);
}

/** `MIO_WRITE_TOUR=1` writes the lists into the page before it compares them. */
test("docs/tour.md lists every file that a message passes through", async () => {
  const tour = await printTour();
  if (process.env["MIO_WRITE_TOUR"]) {
    await writeFile(pagePath, withFiles(await readFile(pagePath, "utf8"), tour));
  }
  const page = await readFile(pagePath, "utf8");
  for (const direction of ["inbound", "outbound"] as const) {
    const listed = filesOf(page, direction);
    const { always, sometimes } = tour[direction];
    expect(always.length, direction).toBeGreaterThan(20);
    expect(
      always.filter((file) => !listed.includes(file)),
      `${direction}: not on the page`,
    ).toEqual([]);
    expect(
      listed.filter((file) => !sometimes.includes(file)),
      `${direction}: on the page, but not called`,
    ).toEqual([]);
  }
});
