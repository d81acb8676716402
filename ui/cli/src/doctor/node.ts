import { type Finding, failed, ok } from "./finding.ts";

const minimumMajor = 24;

/** `version` as `process.version` has it. */
export function examineNode(version: string): Finding {
  const major = Number(/^v(\d+)\./.exec(version)?.[1] ?? Number.NaN);
  if (major >= minimumMajor) return ok("node", version);
  return failed(
    "node",
    `${version} is older than ${minimumMajor}`,
    "start Mio with ./mio, which brings its own",
  );
}
