/**
 * The browser script of the front page. It shows every check with its service, and an error row without an answer,
 * because the last state may be outdated.
 */
export const workbenchScript = `
const unreachable = [{ service: "Mio", name: "reachable", kind: "page", ok: false, reason: "no answer: Mio has stopped or hangs; the previous state is outdated" }];
const cellOf = (text, mark) => {
  const cell = document.createElement("td");
  cell.textContent = text;
  cell.className = mark ?? "";
  return cell;
};
const stateOf = ({ ok, advisory }) => ok ? ["ok", "ok"] : advisory ? ["degraded", "bad"] : ["not ok", "bad"];
const rowOf = ({ service, name, kind, reason, detail, ...check }) => {
  const row = document.createElement("tr");
  row.append(cellOf(service ?? ""), cellOf(name + " (" + kind + ")"), cellOf(...stateOf(check)), cellOf(reason ?? detail ?? ""));
  return row;
};
const ask = async () => {
  const answer = await fetch("/api/ready", { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error("status " + answer.status);
  return (await answer.json()).checks;
};
const show = async () => {
  const checks = await ask().catch(() => unreachable);
  document.getElementById("checks").replaceChildren(...checks.map(rowOf));
};
const keepShowing = () => show().finally(() => setTimeout(keepShowing, 2000));
keepShowing();
`;
