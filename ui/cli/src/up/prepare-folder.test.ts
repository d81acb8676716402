import { mkdtempDisposable, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { prepareFolder } from "./prepare-folder.ts";

it("creates a folder and its parents, accepts an existing one, and leaves it empty", async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), "mio-folder-"));
  const dir = join(home.path, "a", "b");
  await prepareFolder(dir);
  await prepareFolder(dir);
  expect(await readdir(dir)).toEqual([]);
});

it("rejects a file, a path below a file, and a broken link", async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), "mio-folder-"));
  const [file, link] = [join(home.path, "file"), join(home.path, "link")];
  await writeFile(file, "");
  await symlink(join(home.path, "nothing"), link);
  await expect(prepareFolder(file)).rejects.toThrow(`state cannot be kept in ${file}: it is not a folder`);
  await expect(prepareFolder(join(file, "x"))).rejects.toThrow(/: its parent is not a folder$/);
  await expect(prepareFolder(link)).rejects.toThrow(/: it is not a folder$/);
});

it.runIf(process.platform === "linux").each(["/proc", "/proc/x", "/proc/x/y"])(
  "rejects %s, where root has write permission but cannot create a folder",
  async (dir) => {
    const next = expect.stringContaining("--data DIR");
    const message = `state cannot be kept in ${dir}: no folder can be created there`;
    await expect(prepareFolder(dir)).rejects.toMatchObject({ exitCode: 3, message, next });
  },
);
