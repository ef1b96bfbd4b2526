// The console's page: parts are fetched anew when their topic is told, forms are sent once.
// Without it every page works too: what it shows is then as old as the page.
const parsed = globalThis.trustedTypes?.createPolicy("console", { createHTML: (text) => text }) ?? { createHTML: (text) => text };
const line = document.getElementById("line");
const told = document.getElementById("told");

async function refresh(part) {
  let answer;
  try { answer = await fetch(part.dataset.part, { headers: { accept: "text/html" }, redirect: "follow" }); } catch { return; }
  if (answer.status === 401) { location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`); return; }
  if (answer.redirected && !new URL(answer.url).pathname.startsWith("/part/")) { location.assign(answer.url); return; }
  const page = new DOMParser().parseFromString(parsed.createHTML(await answer.text()), "text/html");
  const had = document.activeElement?.id;
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  part.replaceChildren(...page.body.childNodes);
  part.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? each.open; });
  if (had) document.getElementById(had)?.focus({ preventScroll: true });
  wire(part);
  const head = part.querySelector("h2");
  if (head && told && told.textContent !== head.textContent) told.textContent = head.textContent;
}

function listen() {
  const parts = () => [...document.querySelectorAll("[data-part]")];
  if (!parts().length) return;
  let asked = new Map();
  const again = (part) => {  // one question at a time, and one more where something came meanwhile
    if (asked.has(part)) { asked.set(part, true); return; }
    asked.set(part, false);
    refresh(part).finally(() => { const more = asked.get(part); asked.delete(part); if (more) again(part); });
  };
  const source = new EventSource("/events");
  source.onopen = () => { line.hidden = true; parts().forEach(again); };  // what changed before the line was there
  source.onerror = () => { line.hidden = false; };
  source.onmessage = (event) => {
    if (event.data === "over") { line.hidden = false; return; }
    parts().filter((each) => each.dataset.on === event.data).forEach(again);
  };
  addEventListener("pagehide", () => source.close());
}

function wire(root) {
  for (const form of root.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "yes";
      for (const each of form.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
    });
  }
  for (const each of root.querySelectorAll("[data-no-paste]")) each.addEventListener("paste", (event) => event.preventDefault());
  const actors = root.querySelector("[data-actors]");
  if (actors) {
    const show = () => {
      const chosen = actors.querySelector("input:checked")?.value;
      for (const each of root.querySelectorAll("[data-for-actors]")) each.hidden = !each.dataset.forActors.split(" ").includes(chosen);
    };
    actors.addEventListener("change", show);
    show();
  }
}

function watchIdle() {
  const seconds = Number(document.body.dataset.idle);
  if (!seconds) return;
  let at = Date.now();
  for (const kind of ["keydown", "pointerdown", "wheel"]) addEventListener(kind, () => { at = Date.now(); }, { passive: true });
  setInterval(() => {
    if (Date.now() - at > seconds * 1000 && !document.querySelector("[data-running]")) document.getElementById("lock")?.click();
  }, 1000);
}

addEventListener("keydown", (event) => { if (event.altKey && event.key.toLowerCase() === "l") { event.preventDefault(); document.getElementById("lock")?.click(); } });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
wire(document);
listen();
watchIdle();
