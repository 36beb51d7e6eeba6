"""How the sandbox's page looks: calm, light and dark, one column on a phone; nothing from another host."""

STYLE = """
:root{color-scheme:light dark;--ink:#17191e;--soft:#5a616e;--paper:#f5f5f2;--card:#fff;--line:#dfe0da;--link:#1f5fbf;
--x:#17191e;--bluesky:#1471d6;--mastodon:#563acc;--on:#fff;--warn:#8a4b00;--warn-paper:#fdf1de;--bad:#a3262a;--good:#1c6b3c}
@media(prefers-color-scheme:dark){:root{--ink:#e9e9e6;--soft:#a2a8b4;--paper:#121316;--card:#1a1c20;--line:#31343b;
--link:#8ab4f8;--x:#e9e9e6;--bluesky:#6cb2ff;--mastodon:#a5a6ff;--on:#121316;--warn:#f3c27b;--warn-paper:#33270f;--bad:#ff9a94;
--good:#86d6a3}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link);text-underline-offset:2px}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
.wrap{max-width:1180px;margin:0 auto;padding:28px 20px 64px}
header h1{font-size:26px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
header p{margin:0;color:var(--soft);max-width:62ch}
nav{display:flex;flex-wrap:wrap;gap:6px;margin:20px 0 24px}
nav a{padding:6px 14px;border:1px solid var(--line);border-radius:999px;background:var(--card);color:inherit;
text-decoration:none}
nav a[aria-current]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
nav .gap{flex:1}
nav .plain{border-color:transparent;background:none;color:var(--soft)}
.timelines{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:28px;align-items:start}
.timelines.alone{max-width:640px}
h2{font-size:18px;margin:0 0 12px;display:flex;align-items:baseline;gap:10px}
h2 small{font-weight:400;font-size:14px;color:var(--soft)}
.posts{background:var(--card);border:1px solid var(--line);border-radius:14px;overflow:hidden}
article{display:grid;grid-template-columns:44px minmax(0,1fr);gap:12px;padding:16px;border-top:1px solid var(--line)}
article:first-child{border-top:0}
article:target{box-shadow:inset 4px 0 0 var(--link)}
.face{width:44px;height:44px;border-radius:50%;display:grid;place-items:center;font-weight:700;font-size:18px;
color:var(--on);background:var(--x)}
.bluesky .face{background:var(--bluesky)}
.mastodon .face{background:var(--mastodon)}
.who{display:flex;flex-wrap:wrap;gap:0 8px;align-items:baseline}
.who a{color:inherit;font-weight:700;text-decoration:none}
.who a:hover{text-decoration:underline}
.who span,.who time{color:var(--soft);font-size:14px}
.text{margin:4px 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
.text i{font-style:normal;color:var(--link)}
.text mark{background:var(--warn-paper);color:var(--warn);border-radius:6px;padding:1px 6px;font-size:14px}
.who .for{border:1px solid var(--line);border-radius:999px;padding:0 8px;font-size:13px}
.pictures{display:grid;gap:10px;margin:10px 0 0}
.pictures.of2,.pictures.of3,.pictures.of4{grid-template-columns:1fr 1fr}
.pictures.of3 figure:first-child{grid-column:1/-1}
figure{margin:0;min-width:0}
figure a{display:block;border-radius:12px;overflow:hidden;border:1px solid var(--line);background:var(--paper)}
figure img{display:block;width:100%;height:auto;max-height:360px;object-fit:contain}
.of1 a{width:fit-content;max-width:100%}
.of1 img{width:auto;max-width:100%}
.of2 img,.of3 img,.of4 img{aspect-ratio:4/3;object-fit:cover}
figcaption{font-size:13px;color:var(--soft);margin-top:4px;overflow-wrap:anywhere}
figcaption b{font-size:11px;letter-spacing:.04em;text-transform:uppercase;border:1px solid var(--line);
border-radius:5px;padding:0 5px;margin-right:3px;color:var(--ink)}
figcaption mark{background:var(--warn-paper);color:var(--warn);border-radius:5px;padding:0 5px}
figcaption.none-given{font-style:italic}
.lost{padding:28px 12px;text-align:center;border:1px dashed var(--line);border-radius:12px;color:var(--soft);font-size:14px}
.warned{margin-top:6px;border:1px solid var(--line);border-radius:12px;padding:10px 14px;background:var(--paper)}
.warned summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}
.warned[open] summary{margin-bottom:6px}
.poll{list-style:none;margin:10px 0 0;padding:0;display:grid;gap:6px}
.poll li{border:1px solid var(--line);border-radius:10px;padding:6px 12px 6px 38px;position:relative;overflow-wrap:anywhere}
.poll li::before{content:"";position:absolute;left:12px;top:10px;width:14px;height:14px;border:2px solid var(--soft);
border-radius:50%}
.poll.many li::before{border-radius:4px}
.gone .text{color:var(--soft);text-decoration:line-through}
.gone .face{opacity:.5}
.under{margin:8px 0 0;font-size:13px;color:var(--soft);overflow-wrap:anywhere}
.under b{color:var(--bad);font-weight:600}
.none{margin:0;padding:28px 20px;color:var(--soft)}
.more{display:block;padding:12px;text-align:center;border-top:1px solid var(--line)}
section.faults{margin-top:40px}
.scroll{overflow-x:auto;max-width:100%;background:var(--card);border:1px solid var(--line);border-radius:14px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:9px 16px;border-top:1px solid var(--line);white-space:nowrap}
thead th{border-top:0;color:var(--soft);font-weight:600}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace;background:var(--paper);border-radius:5px;padding:1px 5px}
.waiting{margin:0 0 16px;padding-left:20px}
@media(max-width:520px){nav .gap{flex:0 0 100%}nav .plain{padding-left:0}.wrap{padding:20px 14px 48px}article{grid-template-columns:36px minmax(0,1fr);padding:14px}
.face{width:36px;height:36px;font-size:15px}}
"""
