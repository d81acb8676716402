/** The page's style sheet, light or dark as the system is set. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f4f5f8, #101218); --surface: light-dark(#ffffff, #181b23); --raised: light-dark(#f8f9fb, #1f232d);
  --line: light-dark(#e2e5ec, #2b303c); --text: light-dark(#1a1d26, #e8eaf0); --muted: light-dark(#5d6475, #9aa2b4);
  --accent: light-dark(#4353d8, #8b97ff); --on-accent: light-dark(#ffffff, #10121a); --soft: light-dark(#eceefe, #262b4d);
  --good: light-dark(#0b6b3a, #5fd396); --good-bg: light-dark(#e1f5e9, #133324);
  --warn: light-dark(#805200, #f0be62); --warn-bg: light-dark(#fdf1d8, #38290f);
  --bad: light-dark(#a8222c, #ff8d93); --bad-bg: light-dark(#fde6e7, #3f181c);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: grid; grid-template-columns: 264px minmax(0, 1fr) 320px; background: var(--bg); color: var(--text); }
h1, h2, p, ul, ol, dl, dd, blockquote { margin: 0; padding: 0; }
ul, ol { list-style: none; }
small { color: var(--muted); font-size: .8rem; }
code { font: .8rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; z-index: 9; background: var(--surface); padding: 8px 12px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button, .button, select, textarea { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); padding: 7px 12px; }
button, .button, select { cursor: pointer; } button:hover, .button:hover { border-color: var(--muted); }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }

.side, .panel { display: flex; flex-direction: column; min-height: 0; background: var(--surface); }
.side { border-right: 1px solid var(--line); } .panel { border-left: 1px solid var(--line); }
.brand { display: flex; gap: 10px; align-items: center; padding: 16px; }
.brand b, .brand small { display: block; line-height: 1.2; } .brand b { font-size: 1.05rem; }
.logo { display: grid; place-items: center; width: 34px; height: 34px; border-radius: 10px; background: var(--accent); color: var(--on-accent); }
.field { display: block; padding: 0 16px 12px; color: var(--muted); font-size: .8rem; } .field select { width: 100%; margin-top: 4px; color: var(--text); font-size: .95rem; }
.chats { overflow-y: auto; padding: 0 8px 16px; flex: 1; }
.chats .heading { padding: 14px 8px 6px; color: var(--muted); font-size: .75rem; font-weight: 600; letter-spacing: .02em; }
.chats a { display: flex; gap: 10px; align-items: center; padding: 8px; border-radius: 10px; color: inherit; text-decoration: none; }
.chats a:hover { background: var(--raised); } .chats a[aria-current] { background: var(--soft); }
.chats a > span:last-child { min-width: 0; } .chats b, .chats small { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chats b { font-weight: 600; }

.avatar { flex: none; display: grid; place-items: center; width: 34px; height: 34px; border-radius: 10px; font-size: .8rem; font-weight: 700; color: #fff; background: #5468c7; }
.avatar.hash { background: var(--raised); color: var(--muted); border: 1px solid var(--line); font-size: 1rem; }
.hue0 { background: #4a63c4; } .hue1 { background: #8a4fb8; } .hue2 { background: #b4457c; } .hue3 { background: #b85430; }
.hue4 { background: #8a6a14; } .hue5 { background: #2f7d4f; } .hue6 { background: #1f7a86; } .hue7 { background: #5c6270; }
.post > .avatar { background: var(--accent); color: var(--on-accent); }

main { display: flex; flex-direction: column; min-width: 0; min-height: 0; height: 100vh; }
.top { padding: 14px 24px; border-bottom: 1px solid var(--line); background: var(--surface); }
.top h1 { font-size: 1.1rem; line-height: 1.3; } .top p { color: var(--muted); font-size: .8rem; }
.messages { flex: 1; overflow-y: auto; padding: 20px 24px; }
.message { position: relative; display: flex; gap: 12px; padding: 8px 10px; margin: 0 -10px; border-radius: 12px; }
.message:hover, .message:focus-within { background: light-dark(#ecedf3, #161922); }
.bubble { min-width: 0; flex: 1; } .bubble header { display: flex; flex-wrap: wrap; gap: 8px; align-items: baseline; }
time { color: var(--muted); font-size: .78rem; font-variant-numeric: tabular-nums; } time small { font-size: .72rem; }
.tag { background: var(--soft); color: var(--accent); border-radius: 5px; padding: 0 6px; font-size: .72rem; font-weight: 600; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; } .deleted .text { color: var(--muted); }
.mention { background: var(--soft); color: var(--accent); border-radius: 5px; padding: 0 4px; font-weight: 600; }
blockquote { margin: 4px 0; padding: 2px 10px; border-left: 3px solid var(--line); color: var(--muted); font-size: .88rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.history { margin-top: 2px; font-size: .8rem; color: var(--muted); } .history summary { cursor: pointer; width: fit-content; }
.history ol { margin: 4px 0 4px 2px; padding-left: 12px; border-left: 2px solid var(--line); }
.history li { display: flex; gap: 10px; } .history li span { flex: none; min-width: 74px; text-align: right; font-variant-numeric: tabular-nums; }
.history q { color: var(--text); overflow-wrap: anywhere; }
.file { display: inline-flex; gap: 12px; align-items: center; margin: 4px 0; padding: 8px 14px 8px 8px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); color: inherit; text-decoration: none; }
.file img { height: 96px; max-width: 160px; object-fit: cover; border-radius: 6px; } .file b, .file small { display: block; line-height: 1.35; }
.file .icon { display: grid; place-items: center; width: 36px; height: 36px; border-radius: 8px; background: var(--soft); color: var(--accent); font-size: 1.1rem; }
.card { margin: 6px 0; padding: 10px 12px; border: 1px solid var(--line); border-left: 3px solid var(--accent); border-radius: 8px; background: var(--raised); max-width: 640px; overflow: auto; font-size: .88rem; }
.card header { display: flex; gap: 8px; align-items: center; } .card header img { width: 28px; height: 28px; } .card section { margin-top: 8px; } .card h4 { font-size: .8rem; color: var(--muted); }
.card img { max-width: 220px; max-height: 140px; border-radius: 6px; } .card ul { padding-left: 18px; list-style: disc; } .card dl div { display: flex; gap: 10px; } .card dt { color: var(--muted); min-width: 90px; }
.card table { border-collapse: collapse; } .card th, .card td { border: 1px solid var(--line); padding: 3px 8px; text-align: left; } .buttons, .reactions { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 8px; }
.pill { border: 1px solid currentColor; border-radius: 14px; padding: 1px 12px; font-size: .8rem; } .pill.good { color: var(--good); } .pill.bad { color: var(--bad); }
.message.reply { margin-left: 36px; } .card hr { border: 0; border-top: 1px solid var(--line); margin: 8px 0; } pre.rich { font-size: .78rem; overflow: auto; margin: 4px 0; }
.deliveries { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 4px; }
.chip { display: inline-block; border-radius: 6px; padding: 1px 7px; font-size: .74rem; line-height: 1.5; font-variant-numeric: tabular-nums; background: var(--raised); color: var(--muted); white-space: nowrap; }
.chip.good { background: var(--good-bg); color: var(--good); } .chip.warn { background: var(--warn-bg); color: var(--warn); } .chip.bad { background: var(--bad-bg); color: var(--bad); }
.actions { position: absolute; top: -10px; right: 10px; display: flex; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); box-shadow: 0 2px 8px rgb(0 0 0 / .08); opacity: 0; }
.message:hover .actions, .message:focus-within .actions { opacity: 1; }
.actions button { border: 0; background: none; padding: 4px 9px; font-size: .78rem; } .actions button:hover { color: var(--accent); }
.empty { color: var(--muted); padding: 24px 0; text-align: center; font-size: .88rem; }

.composer { display: flex; flex-wrap: wrap; gap: 8px; align-items: flex-end; padding: 14px 24px; border-top: 1px solid var(--line); background: var(--surface); }
.composer .grow { flex: 1; min-width: 200px; } .composer textarea { display: block; width: 100%; resize: none; background: var(--raised); padding: 9px 12px; line-height: 1.4; }
.composer button, .composer select, .composer .button { height: 40px; padding: 0 14px; } .composer .button { display: grid; place-items: center; font-size: 1.1rem; }
.composer p { width: 100%; color: var(--muted); font-size: .8rem; } #status:empty, p[hidden] { display: none; } #status { order: 9; }
#replying { display: flex; align-items: center; gap: 8px; } #replying[hidden] { display: none; } #replying button { height: auto; padding: 1px 8px; font-size: .78rem; }

.panel { overflow: hidden; height: 100vh; } .panel section { padding: 14px 16px; } .panel .log { display: flex; flex-direction: column; min-height: 0; flex: 1; border-top: 1px solid var(--line); padding-bottom: 0; }
.panel h2 { display: flex; justify-content: space-between; align-items: center; font-size: .95rem; margin-bottom: 6px; }
.panel h2 button { font-size: .78rem; padding: 3px 9px; font-weight: 500; } .wide { width: 100%; margin-top: 10px; font-size: .88rem; }
.faults { max-height: 46vh; overflow-y: auto; } .faults label { display: flex; gap: 10px; align-items: center; padding: 3px 0; cursor: pointer; }
.faults label > span:nth-child(2) { flex: 1; } .faults b, .faults small { display: block; line-height: 1.3; } .faults b { font-weight: 500; font-size: .88rem; }
.faults input { appearance: none; flex: none; width: 32px; height: 18px; margin: 0; border-radius: 9px; background: light-dark(#c3c8d4, #434a5b); cursor: pointer; position: relative; transition: background .15s; }
.faults input::after { content: ""; position: absolute; inset: 2px auto 2px 2px; width: 14px; border-radius: 50%; background: #fff; transition: translate .15s; }
.faults input:checked { background: var(--bad); } .faults input:checked::after { translate: 14px; background: var(--surface); }
.counters { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-bottom: 8px; } .counters div { display: flex; gap: 5px; font-size: .8rem; }
.counters dt { color: var(--muted); } .counters dd { font-weight: 600; font-variant-numeric: tabular-nums; }
.calls { overflow-y: auto; flex: 1; padding-bottom: 12px; } .calls li { display: flex; gap: 10px; align-items: baseline; padding: 5px 0; border-top: 1px solid var(--line); }
.calls .chip { flex: none; min-width: 38px; text-align: center; } .call { min-width: 0; } .call b { font-size: .74rem; } .call > small { display: block; }

dialog { border: 1px solid var(--line); border-radius: 14px; padding: 20px; width: min(480px, 92vw); background: var(--surface); color: inherit; }
dialog::backdrop { background: rgb(10 12 20 / .45); } dialog h2 { font-size: 1.05rem; margin-bottom: 10px; } dialog textarea { width: 100%; }
.row { display: flex; justify-content: flex-end; gap: 8px; margin-top: 12px; }
@media (max-width: 1080px) { body { grid-template-columns: 220px minmax(0, 1fr); } .panel { grid-column: 1 / -1; height: auto; border-left: 0; border-top: 1px solid var(--line); } main { height: 78vh; } }
@media (max-width: 640px) { body { display: block; } .side { border-right: 0; } .chats { max-height: 180px; } .actions { opacity: 1; position: static; box-shadow: none; align-self: start; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
