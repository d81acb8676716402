import { type Finding, failed, ok } from "./finding.ts";

const minimumMajor = 24;

/** `version` has the form of `process.version`. */
export function examineNode(version: string): Finding {
  const major = Number(/^v(\d+)\./.exec(version)?.[1] ?? Number.NaN);
  if (major >= minimumMajor) return ok("node", version);
  return failed(
    "node",
    `${version} is older than ${minimumMajor}`,
    "start Mio with ./mio, which installs its own",
  );
}
