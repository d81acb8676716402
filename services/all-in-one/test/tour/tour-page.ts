/** The files of one direction: those of every conversation, and those of any. */
export interface Path {
  readonly always: readonly string[];
  readonly sometimes: readonly string[];
}

export type Direction = "inbound" | "outbound";
export type Tour = Readonly<Record<Direction, Path>>;

/** Lists that the test writes stand between these comments. */
const blockOf = (direction: Direction): RegExp =>
  new RegExp(`(?<=<!-- files: ${direction} -->\\n).*?(?=<!-- end -->)`, "s");

/** The page with the lists of a tour. A listed file stays while it is called: an idle fleet may call it at times too. */
export function withFiles(page: string, tour: Tour): string {
  const directions = ["inbound", "outbound"] as const;
  return directions.reduce((text, direction) => {
    const { always, sometimes } = tour[direction];
    const kept = filesOf(page, direction).filter((file) => sometimes.includes(file));
    const files = [...new Set([...always, ...kept])].toSorted();
    return text.replace(blockOf(direction), () => `\n${toTable(files)}\n`);
  }, page);
}

/** The files that a page lists for a direction, sorted. */
export function filesOf(page: string, direction: Direction): readonly string[] {
  const [block = ""] = blockOf(direction).exec(page) ?? [];
  return [...block.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)]
    .flatMap(([, folder = "", cell = ""]) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, file]) => folder + file),
    )
    .toSorted();
}

function toTable(files: readonly string[]): string {
  const bySource = Map.groupBy(files, (file) => file.replace(/(?<=\/src\/).*/, ""));
  const rows = [...bySource].map(([folder, inside]) => {
    const names = inside.map((file) => `\`${file.slice(folder.length)}\``);
    return `| \`${folder}\` | ${names.join(", ")} |\n`;
  });
  return `| Folder | Files |\n|---|---|\n${rows.join("")}`;
}
