// What the pages do beyond plain forms: drafts, Enter to send, the echo of what was sent, staying in step with the
// server, the time left, scrolling, announcements and local times. Without this file every page works by form posts and
// redirects.

const SAVE_AFTER_MS = 800;
const NEAR_END_PX = 160;
const CUT_OFF_AFTER_MS = 2500;
const ASK_AGAIN_MS = 3000;

const byId = (id) => document.getElementById(id);
const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window keeps nothing */ } };

// The chat's words come with the page, in its language.
const WORDS = JSON.parse(byId("alert")?.dataset.words ?? "{}");
const LANGUAGE = document.documentElement.lang;
const say = (name, values = {}) => WORDS[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

// Times -----------------------------------------------------------------------------------------
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "long", year: "numeric" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime);
    time.textContent = (time.dataset.local === "day" ? DAY : CLOCK).format(at);
    time.removeAttribute("data-local");
  }
}

// The composer ----------------------------------------------------------------------------------
const codePoints = (text) => Array.from(text).length;
let saving = 0;
let saved = "";

function showLength(field) {
  const limit = Number(field.dataset.limit);
  const length = codePoints(field.value);
  const over = length > limit;
  byId("length").textContent = say(over ? "over" : "length", lengths(length, limit));
  byId("length").classList.toggle("is-over", over);
  return !over;
}

function lengths(length, limit) {
  const [shown, allowed, over] = [length, limit, length - limit].map((count) => count.toLocaleString(LANGUAGE));
  return { length: shown, limit: allowed, over };
}

async function saveDraft(field) {
  const stage = byId("stage");
  // An earlier answer that is being changed is no draft of the open one.
  if (!stage || stage.dataset.changing || field.dataset.elsewhere || field.value === saved) return;
  if (codePoints(field.value) > Number(field.dataset.limit)) return;
  const text = field.value;
  try {
    const answer = await fetch(`/i/${stage.dataset.link}/draft`, {
      method: "PUT", body: new URLSearchParams({ text, seen: field.form.elements.seen.value }), keepalive: text.length < 15000,
    });
    if (!answer.ok) throw new Error(String(answer.status));
    saved = text;
    const at = new Date(await answer.text());
    if (byId("draft-state")) byId("draft-state").textContent = text ? say("draft_saved", { time: CLOCK.format(at) }) : "";
  } catch {
    if (byId("draft-state")) byId("draft-state").textContent = say("draft_unsaved");
  }
}

function composer() {
  const field = byId("answer");
  if (!field || field.dataset.ready) return;
  field.dataset.ready = "yes";
  saved = field.value;
  showLength(field);
  field.addEventListener("input", () => {
    delete field.dataset.elsewhere;
    showLength(field);
    clearTimeout(saving);
    saving = setTimeout(saveDraft, SAVE_AFTER_MS, field);
  });
  const enter = byId("enter-sends");
  const touch = matchMedia("(pointer: coarse)").matches;
  enter.checked = (remembered("viva-enter") ?? (touch ? "breaks" : "sends")) === "sends";
  enter.closest("label").hidden = false;
  enter.addEventListener("change", () => remember("viva-enter", enter.checked ? "sends" : "breaks"));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (!enter.checked && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    field.form.requestSubmit(byId("send"));
  });
}

function announce(text) {
  const region = byId("announce");
  if (region) region.textContent = text;
}

function alertWords(text) {
  const region = byId("alert");
  if (region) region.textContent = text;
}

// Sending: the echo appears at once, the field is cleared only by the server's answer ------------
function echo(text) {
  const turns = document.querySelector(".turns");
  const turn = document.createElement("li");
  turn.className = "turn turn--you is-echo";
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  const said = document.createElement("p");
  said.className = "said";
  said.textContent = text;
  bubble.append(said);
  const state = document.createElement("p");
  state.className = "receipt";
  state.textContent = say("sending");
  turn.append(bubble, state);
  const typing = document.createElement("li");
  typing.className = "turn is-echo";
  typing.innerHTML = '<p class="typing"><svg viewBox="0 0 28 8" aria-hidden="true"><circle cx="4" cy="4" r="3"/><circle cx="14" cy="4" r="3"/><circle cx="24" cy="4" r="3"/></svg></p>';
  typing.firstChild.append(say("moment"));
  turns.append(turn, typing);
  toEnd();
}

function withdrawEcho() {
  for (const turn of document.querySelectorAll(".is-echo")) turn.remove();
}

function toEnd() {
  window.scrollTo({ top: document.documentElement.scrollHeight });
}

const isNearEnd = () =>
  document.documentElement.scrollHeight - window.innerHeight - window.scrollY < NEAR_END_PX;

// Only the dock's height tells where the open question may rest above it.
function measureDock() {
  const dock = byId("dock");
  if (dock) document.documentElement.style.setProperty("--dock", `${dock.offsetHeight}px`);
}
const dockSize = new ResizeObserver(measureDock);

function watchDock() {
  dockSize.disconnect();
  if (byId("dock")) dockSize.observe(byId("dock"));
  measureDock();
}

// What was typed just before a reload: the server may answer the new page before the draft has reached it.
const LAST_WORDS = "viva-last-words";

function keepLastWords(field) {
  if (field.dataset.elsewhere) return;
  const words = { at: location.pathname + location.search, seen: field.form.elements.seen.value, text: field.value };
  try { sessionStorage.setItem(LAST_WORDS, JSON.stringify(words)); } catch { /* the draft was sent all the same */ }
}

function lastWords(field) {
  try {
    const words = JSON.parse(sessionStorage.getItem(LAST_WORDS));
    sessionStorage.removeItem(LAST_WORDS);
    const isSamePage = words?.at === location.pathname + location.search;
    if (isSamePage && words.seen === field.form.elements.seen.value) return words.text;
  } catch { /* a private window keeps nothing */ }
  return null;
}

// What was on its way when the connection broke may have arrived: sent again unchanged it is the same delivery, changed
// it is another one.
let sent = null;

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "composer") return;
  const { parameters } = event.detail;
  if (sent?.nonce === parameters.nonce && sent.text !== parameters.text) {
    parameters.nonce = `${parameters.nonce.slice(0, 48)}.${Date.now().toString(36)}`;
    byId("composer").elements.nonce.value = parameters.nonce;
  }
  sent = { nonce: parameters.nonce, text: parameters.text };
});

let kept = null;
let onwards = false;
let follow = false;
let marksSeen = document.querySelectorAll(".turn--marks").length;

document.addEventListener("htmx:confirm", (event) => {
  const field = byId("answer");
  if (event.target.id !== "composer" || !field) return;
  if (event.target.dataset.sending) event.preventDefault();
  else if (!showLength(field)) {
    event.preventDefault();
    alertWords(say("nothing_sent", lengths(codePoints(field.value), Number(field.dataset.limit))));
    field.focus();
  }
});

document.addEventListener("htmx:beforeSend", (event) => {
  if (event.target.id !== "composer") return;
  clearTimeout(saving);
  event.target.dataset.sending = "yes";
  byId("answer").readOnly = true;
  byId("send").setAttribute("aria-disabled", "true");
  if (byId("answer").value.trim()) echo(byId("answer").value);
});

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    withdrawEcho();
    if (event.target.id === "composer") {
      delete event.target.dataset.sending;
      byId("answer").readOnly = false;
      byId("send").removeAttribute("aria-disabled");
      byId("draft-state").textContent = say("not_sent");
      alertWords(say("not_sent"));
    } else if (event.target.closest(".dock, .turn form")) {
      alertWords(say("not_reached"));
      if (byId("draft-state")) byId("draft-state").textContent = say("not_reached");
    }
    const isGone = [404, 410].includes(event.detail.xhr?.status);
    if (isGone && !event.detail.requestConfig.path.includes("/marks/")) closed();
    else setTimeout(listen);
  });
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "stage" && !event.target.closest("#stage")) return;
  const field = byId("answer");
  const own = event.detail.requestConfig?.elt?.id === "composer";
  follow = isNearEnd() || own;
  if (own) sent = null;
  onwards = own && document.activeElement?.matches("#send-more, #send-done");
  kept = own || !field ? null : {
    text: field.value, from: field.selectionStart, to: field.selectionEnd,
    open: byId("stage").dataset.open, changing: byId("stage").dataset.changing, question: byId("stage").dataset.question,
    asked: event.detail.requestConfig?.elt !== document.body,
  };
  if (kept) saveDraft(field);
});

// What is typed outlives whatever else happens to the page, unless it was taken as the answer when its time was up, or
// its own page left the question. For another question it stays to be read, and is no draft until it is touched.
function putBack({ text, from, to, open, changing, question, asked }) {
  const field = byId("answer");
  const { dataset } = byId("stage");
  const arrived = sent && sent.nonce === dataset.received && sent.text === text;
  if (arrived) sent = null;
  if (arrived || (field && field.value === text) || !text.trim()) return;
  const elsewhere = !changing && question !== dataset.question;
  if (elsewhere && (asked || dataset.timedOut.split(" ").includes(question))) return;
  if (!field) return byId("resume") ? undefined : showUnsent(text);
  field.value = text;
  if (document.activeElement === field) field.setSelectionRange(from, to);
  showLength(field);
  if (elsewhere) field.dataset.elsewhere = "yes";
  saveDraft(field);
  if (asked || (open === dataset.open && changing === dataset.changing)) return;
  byId("moved-on").textContent = say("moved_on");
  byId("moved-on").hidden = false;
  alertWords(say("moved_on"));
}

function showUnsent(text) {
  const note = document.createElement("div");
  note.className = "unsent";
  const label = document.createElement("p");
  label.className = "label";
  label.textContent = say("unsent");
  const said = document.createElement("p");
  said.className = "said";
  said.textContent = text;
  note.append(label, said);
  byId("dock").prepend(note);
}

document.addEventListener("htmx:afterSettle", (event) => {
  composer();
  watchDock();
  if (kept && event.target.id === "stage") putBack(kept);
  kept = null;
  localTimes(document);
  const stage = byId("stage");
  if (!stage) return;
  if (location.search && !stage.dataset.changing) history.replaceState(null, "", location.pathname);
  showTimeLeft();
  // The control that was used may be gone: the composer is the place to go on.
  const next = byId("answer") ?? byId("resume") ?? byId("review-title") ?? byId("receipt-title") ?? byId("log-title");
  if (document.activeElement === document.body || onwards) next?.focus({ preventScroll: true });
  const marks = document.querySelectorAll(".turn--marks");
  const end = byId("review") ?? byId("receipt");
  if (follow && end) end.scrollIntoView();
  else if (follow && marks.length > marksSeen) marks[marks.length - 1].scrollIntoView();
  else if (follow) toEnd();
  marksSeen = marks.length;
  follow = onwards = composing = false;
  listen();
});

// The time left, by the server's clock; announced by the warning alone ----------------------------------
const drifts = new WeakMap();

function showTimeLeft() {
  const line = byId("time-left");
  if (!line) return;
  if (!drifts.has(line)) drifts.set(line, Date.parse(line.dataset.now) - Date.now());
  const left = Math.max(0, Math.round((Date.parse(line.dataset.until) - Date.now() - drifts.get(line)) / 1000));
  const shown = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  line.textContent = say("time_left", { time: shown });
}
setInterval(showTimeLeft, 1000);

// Staying in step: the server tells that something happened, the page fetches it ------------------------
let stream = null;
let heard = -1;
let refreshing = false;
let composing = false;
let asking = 0;
let cutOff = 0;
const shown = () => Number(byId("stage").dataset.version);

function listen() {
  if (!byId("stage")?.hasAttribute("data-live") || document.hidden) return hush();
  if (heard > shown()) refresh();
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  stream = new EventSource(`/i/${byId("stage").dataset.link}/events?seen=${shown()}`);
  stream.onopen = reached;
  stream.onerror = lost;
  stream.addEventListener("stage", (event) => {
    heard = Number(event.lastEventId);
    if (heard > shown()) refresh();
  });
  stream.addEventListener("marks", (event) => {
    for (const [question, grade] of Object.entries(JSON.parse(event.data))) refreshMarks(question, grade);
  });
  stream.addEventListener("over", () => {
    hush();
    // The summary of practice counts what came last.
    if (document.querySelector(".is-practice")) refresh();
  });
}

function hush() {
  stream?.close();
  stream = null;
  clearTimeout(asking);
}

async function refresh({ unlessSeen = false } = {}) {
  const { link, changing, version } = byId("stage").dataset;
  // What is on its way brings the newest state itself; a word that is being composed must not lose its field.
  if (refreshing || composing || document.querySelector("#stage .htmx-request")) return;
  refreshing = true;
  const query = new URLSearchParams({
    after: byId("stage").dataset.shown, ...(changing && { change: changing }), ...(unlessSeen && { seen: version }),
  });
  try {
    await htmx.ajax("GET", `/i/${link}/stage?${query}`, { target: "#stage", swap: "outerHTML" });
  } finally {
    refreshing = false;
  }
  if (shown() > Number(version) && heard > shown()) refresh();
}

function refreshMarks(question, grade) {
  const line = document.querySelector(`.turn--marks[data-question="${CSS.escape(question)}"]`);
  if (!line || line.dataset.grade === grade) return;
  htmx.ajax("GET", `/i/${byId("stage").dataset.link}/marks/${encodeURIComponent(question)}`, { target: line, swap: "outerHTML" });
}

function reached() {
  // A stream that stands may outlive the network for a while.
  if (!navigator.onLine) return;
  clearTimeout(cutOff);
  cutOff = 0;
  byId("cut-off").hidden = true;
  if (byId("answer") && !byId("answer").readOnly) saveDraft(byId("answer"));
}

function lost() {
  if (!navigator.onLine) tellCutOff();
  else cutOff ||= setTimeout(() => tellCutOff(), CUT_OFF_AFTER_MS);
  // A stream that the browser gave up is asked for anew, and the page meanwhile.
  clearTimeout(asking);
  if (stream?.readyState === EventSource.CLOSED) {
    asking = setTimeout(() => {
      if (!document.querySelector(".marks .wait")) refresh({ unlessSeen: true });
      else refresh();
      listen();
    }, ASK_AGAIN_MS);
  }
}

// The link was withdrawn or has expired, or the interview was deleted.
function closed() {
  if (!byId("stage")) return;
  byId("stage").removeAttribute("data-live");
  hush();
  tellCutOff("closed");
}

function tellCutOff(why = navigator.onLine ? "unreached" : "offline") {
  const line = byId("cut-off");
  line.textContent = say(why);
  if (line.hidden) announce(line.textContent);
  line.hidden = false;
}

document.addEventListener("compositionstart", () => { composing = true; });
document.addEventListener("compositionend", () => {
  composing = false;
  listen();
});
window.addEventListener("offline", () => byId("cut-off") && tellCutOff("offline"));
window.addEventListener("online", () => {
  hush();
  listen();
});
window.addEventListener("pageshow", (event) => event.persisted && listen());

// A draft typed in the last moment leaves with the page.
document.addEventListener("visibilitychange", () => {
  const field = byId("answer");
  listen();
  if (document.visibilityState === "hidden" && field && !field.readOnly) saveDraft(field);
});
window.addEventListener("pagehide", () => {
  hush();
  const field = byId("answer");
  if (!field || field.readOnly || field.value === saved) return;
  keepLastWords(field);
  saveDraft(field);
});

// Copying the candidate's link --------------------------------------------------------------------
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = byId(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      byId("copied").textContent = "Copied. Only a fingerprint of it is kept here.";
    } catch {
      field.select();
      byId("copied").textContent = "Press Ctrl+C to copy.";
    }
  });
}

localTimes(document);
composer();
watchDock();
const field = byId("answer");
const unsaved = field && lastWords(field);
if (unsaved !== null && field && unsaved !== field.value) {
  field.value = unsaved;
  showLength(field);
  saveDraft(field);
}
showTimeLeft();
if (field && byId("stage").dataset.changing) {
  field.focus({ preventScroll: true });
  field.setSelectionRange(field.value.length, field.value.length);
}
if (byId("review") || byId("receipt")) (byId("review") ?? byId("receipt")).scrollIntoView();
else if (byId("composer") && location.hash !== "#open") toEnd();
if (byId("announce") && byId("stage") && !byId("announce").textContent) {
  const open = document.querySelector(".turn.is-open .ask");
  if (open) announce(open.textContent);
}
listen();
