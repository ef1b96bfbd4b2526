// The console's page: parts are fetched anew when their topic is told, forms are sent once.
// Without it every page works too: what it shows is then as old as the page.
const parsed = globalThis.trustedTypes?.createPolicy("console", { createHTML: (text) => text }) ?? { createHTML: (text) => text };
const line = document.getElementById("line");
const told = document.getElementById("told");

let leaving = false;  // a lock that was sent leads to the sign-in as well: two ways at once cross each other
function toSignIn() {
  if (leaving) return;
  leaving = true;
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}
function lock() { if (!leaving) document.getElementById("lock")?.click(); }

async function refresh(part) {  // gives whether there was an answer
  let answer;
  try { answer = await fetch(part.dataset.part, { headers: { accept: "text/html" }, redirect: "follow" }); } catch { line.hidden = false; return false; }
  line.hidden = true;
  if (answer.status === 401) { toSignIn(); return true; }
  if (answer.redirected && !new URL(answer.url).pathname.startsWith("/part/")) { location.assign(answer.url); return true; }
  const page = new DOMParser().parseFromString(parsed.createHTML(await answer.text()), "text/html");
  const had = document.activeElement?.id;
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  part.replaceChildren(...(page.querySelector("main") ?? page.body).childNodes);  // of a whole page only what it says
  part.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? each.open; });
  if (had) document.getElementById(had)?.focus({ preventScroll: true });
  wire(part);
  const head = part.querySelector("h2");
  if (head && told && told.textContent !== head.textContent) told.textContent = head.textContent;
  return true;
}

function listen() {
  if (!("signedIn" in document.body.dataset)) return;
  const parts = () => [...document.querySelectorAll("[data-part]")];
  const asked = new Map();
  const again = (part) => {  // one question at a time, and one more where something came meanwhile
    if (asked.has(part)) { asked.set(part, true); return; }
    asked.set(part, false);
    refresh(part).then((came) => {
      const more = asked.get(part);
      asked.delete(part);
      if (!came) setTimeout(again, 1000, part); else if (more) again(part);
    });
  };
  let source;
  const close = () => { source?.close(); source = undefined; };
  const open = () => {  // a browser has six lines to the console: what nobody sees needs none
    if (source || document.hidden) return;
    source = new EventSource("/events");
    source.onopen = () => { line.hidden = true; parts().forEach(again); };  // what changed before the line was there
    source.onerror = () => { if (source?.readyState === EventSource.CLOSED) toSignIn(); else line.hidden = false; };
    source.onmessage = (event) => {
      if (event.data === "locked") { toSignIn(); return; }
      if (event.data === "over") { line.hidden = false; return; }
      parts().filter((each) => each.dataset.on === event.data).forEach(again);
    };
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  addEventListener("pagehide", close);
  open();
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

// A name written by hand: strokes as an SVG path in whole units, which is all that is sent.
function sign(root) {
  for (const box of root.querySelectorAll("[data-sign]")) {
    const canvas = box.querySelector("canvas"), kept = box.querySelector("input"), pen = canvas.getContext("2d");
    const longest = 3990;
    let last = null;
    const draw = () => {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.lineWidth = 3; pen.lineCap = pen.lineJoin = "round";
      pen.stroke(new Path2D(kept.value));
    };
    const at = (event) => {
      const within = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
      return [within(event.offsetX * canvas.width / canvas.clientWidth, canvas.width), within(event.offsetY * canvas.height / canvas.clientHeight, canvas.height)];
    };
    const add = (letter, [x, y]) => {
      const more = `${letter}${x} ${y}`;
      if (kept.value.length + more.length <= longest) { kept.value += more; last = [x, y]; draw(); }
    };
    box.hidden = false;
    draw();
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); const [x, y] = at(event); add("M", [x, y]); add("L", [x, y]); });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId) || !last) return;
      const [x, y] = at(event);
      if (Math.hypot(x - last[0], y - last[1]) >= 3) add("L", [x, y]);
    });
    box.querySelector("button").addEventListener("click", () => { kept.value = ""; last = null; draw(); });
  }
}

function watchIdle() {
  const seconds = Number(document.body.dataset.idle);
  if (!seconds) return;
  // All windows share it, for who works in one has not left the desk.
  const use = () => localStorage.setItem("used", Date.now());
  const unused = () => Math.abs(Date.now() - localStorage.getItem("used")) > seconds * 1000;
  for (const kind of ["keydown", "pointerdown", "wheel"]) addEventListener(kind, use, { passive: true });
  use();
  setInterval(() => { if (unused() && !document.querySelector("[data-running]")) lock(); }, 1000);
}

addEventListener("keydown", (event) => { if (event.altKey && event.key.toLowerCase() === "l") { event.preventDefault(); lock(); } });
for (const each of document.querySelectorAll(".who form")) each.addEventListener("submit", () => { leaving = true; });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
wire(document);
sign(document);
listen();
watchIdle();
