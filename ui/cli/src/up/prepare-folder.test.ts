import { mkdtempDisposable, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { prepareFolder } from "./prepare-folder.ts";

it("makes a folder with those above it, takes it again, and leaves nothing in it", async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), "mio-folder-"));
  const dir = join(home.path, "a", "b");
  await prepareFolder(dir);
  await prepareFolder(dir);
  expect(await readdir(dir)).toEqual([]);
});

it("refuses a file, what is below a file, and a link to nothing", async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), "mio-folder-"));
  const [file, link] = [join(home.path, "file"), join(home.path, "link")];
  await writeFile(file, "");
  await symlink(join(home.path, "nothing"), link);
  await expect(prepareFolder(file)).rejects.toThrow(`state cannot be kept in ${file}: it is no folder`);
  await expect(prepareFolder(join(file, "x"))).rejects.toThrow(/: it is in no folder$/);
  await expect(prepareFolder(link)).rejects.toThrow(/: it is no folder$/);
});

it.runIf(process.platform === "linux").each(["/proc", "/proc/x", "/proc/x/y"])(
  "refuses %s, where root may write and nobody can make a folder",
  async (dir) => {
    const next = expect.stringContaining("--data DIR");
    const message = `state cannot be kept in ${dir}: no folder can be made there`;
    await expect(prepareFolder(dir)).rejects.toMatchObject({ exitCode: 3, message, next });
  },
);
