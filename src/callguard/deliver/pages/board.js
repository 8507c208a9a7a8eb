// The senior board: who needs somebody now, and all live calls, worst first.

import { callPath, get, me, post } from "./api.js";
import { Chrome, tell } from "./chrome.js";
import { ago, byId, clockTime, el, keyed, refill, setText, shape, span } from "./dom.js";
import { Call } from "./model.js";
import { Painter } from "./paint.js";
import { choice, notify, notifyChoice, softSound } from "./signals.js";
import { category, GUARDS, STATES } from "./words.js";

const user = await me();
if (user.role === "agent") location.replace("/agent");
const mayAct = user.role === "senior" || user.role === "admin";

const calls = new Map();
const needNodes = new Map();
const handNodes = new Map();
const liveNodes = new Map();
const quietNodes = new Map();
const gone = new Map(); // alerts that can no longer be answered: why
const over = new Map(); // calls that ended with nothing open
const MOST_REMEMBERED = 2000;
let chrome = null;

const painter = new Painter(draw, (seq) => chrome?.line.drawn(seq));
const hasSound = choice("sound", true);
notifyChoice();

// --- what happens ---------------------------------------------------------------------------------

async function load() {
  const live = await get("/api/live");
  calls.clear();
  for (const one of live.calls) {
    calls.set(one.call_id, new Call(one.call_id, { agent: one.agent, startedAt: one.started_at, state: one.state, keepsTalk: false }));
  }
  over.clear();
  for (const event of live.events) callOf(event)?.take(event);
  return live.seq;
}

/** The call of an event; what comes late for a call that was cleared away wakes it only if somebody is needed. */
function callOf(event) {
  const isLate = over.has(event.call_id);
  if (!calls.has(event.call_id) && (!isLate || event.type === "decision" || event.type === "call_started")) {
    const call = new Call(event.call_id, { agent: over.get(event.call_id)?.agent, keepsTalk: false });
    if (isLate) call.endedAt = event.at;
    calls.set(event.call_id, call);
  }
  return calls.get(event.call_id);
}

function clearAway() {
  for (const [id, call] of calls) {
    if (!call.endedAt || alertsOf(call).some(isOpen)) continue;
    calls.delete(id);
    over.set(id, { agent: call.agent });
    if (over.size > MOST_REMEMBERED) over.delete(over.keys().next().value);
  }
}

function take(event) {
  callOf(event)?.take(event);
  if (event.type === "decision" && event.audience === "senior") {
    tell(`Alert: ${category(event.category)}. ${event.because || event.text}`, event.urgent);
    if (hasSound()) softSound();
    notify(`Alert: ${category(event.category)}`);
    painter.soon(event.seq);
  }
  painter.soon();
}

// --- what is where --------------------------------------------------------------------------------

const alertsOf = (call) =>
  [...call.decisions.values()].filter((one) => one.audience === "senior" && one.kind === "alert").map((decision) => ({ call, decision }));
const alerts = () => [...calls.values()].flatMap(alertsOf);

const isOpen = ({ decision }) => !decision.claimedBy && !gone.has(decision.decision_id);
const isInHand = ({ call, decision }) => decision.claimedBy && !call.endedAt && decision.settled !== "withdrawn";
const worstFirst = (one, other) =>
  one.decision.urgent !== other.decision.urgent
    ? Number(other.decision.urgent) - Number(one.decision.urgent)
    : other.decision.severity - one.decision.severity || one.decision.seq - other.decision.seq;

/** Keep the order while somebody points at the list: nothing moves away under a click; newcomers go to the end. */
function settledOrder(parent, nodes, keys) {
  if (!parent.matches(":hover") && !parent.contains(document.activeElement)) return keys;
  const wanted = new Set(keys);
  return [...[...nodes.keys()].filter((key) => wanted.has(key)), ...keys.filter((key) => !nodes.has(key))];
}

function reordered(nodes, keys) {
  const copy = new Map(keys.filter((key) => nodes.has(key)).map((key) => [key, nodes.get(key)]));
  for (const [key, node] of nodes) if (!copy.has(key)) copy.set(key, node);
  nodes.clear();
  for (const [key, node] of copy) nodes.set(key, node);
}

function show(parent, found, nodes, keyOf, make, fill) {
  const byKey = new Map(found.map((one) => [keyOf(one), one]));
  const keys = settledOrder(parent, nodes, [...byKey.keys()]);
  keyed(parent, keys, nodes, make);
  reordered(nodes, keys);
  for (const key of keys) fill(nodes.get(key), byKey.get(key));
}

// --- drawing --------------------------------------------------------------------------------------

function draw() {
  clearAway();
  const all = alerts();
  const open = all.filter(isOpen).sort(worstFirst);
  const hand = all.filter(isInHand).sort(worstFirst);
  const live = [...calls.values()].filter((one) => !one.endedAt);
  const loud = live.filter((one) => one.state !== "quiet" || !one.isGuarded);
  const quiet = live.filter((one) => one.state === "quiet" && one.isGuarded);
  drawNeeds(open);
  show(byId("hand"), hand, handNodes, (one) => one.decision.decision_id, () => el("li", {}), fillHand);
  byId("hand-part").hidden = hand.length === 0;
  loud.sort((one, other) => other.rank - one.rank || Number(one.isGuarded) - Number(other.isGuarded) || one.seq - other.seq);
  quiet.sort((one, other) => (one.startedAt < other.startedAt ? -1 : 1));
  show(byId("live"), loud, liveNodes, (one) => one.id, () => el("li", {}), fillLive);
  if (byId("quiet").open) show(byId("quiet-list"), quiet, quietNodes, (one) => one.id, () => el("li", {}), fillLive);
  drawCounts(open, live, quiet);
  chrome?.notices();
  const word = chrome?.isUp === false ? "offline" : chrome?.health?.is_fallback ? "fallback engine" : "connected";
  setText(byId("guard-word"), word);
  setText(byId("guard-why"), "Claiming an alert tells everybody at once that you have it.");
  setText(byId("guard-engine"), chrome?.engine ?? "");
}

function drawCounts(open, live, quiet) {
  document.title = `${open.length ? `(${open.length}) ` : ""}Board · callguard`;
  setText(byId("needs-count"), open.length ? `${open.length} open` : "");
  setText(byId("live-count"), `${live.length} ${live.length === 1 ? "call" : "calls"}`);
  const unguarded = live.filter((one) => !one.isGuarded).length;
  setText(byId("summary"), unguarded ? `${unguarded} of ${live.length} not fully guarded` : "");
  byId("quiet").hidden = quiet.length === 0;
  refill(byId("quiet-word"), String(quiet.length), shape("quiet"), el("span", {}, `${quiet.length} quiet ${quiet.length === 1 ? "call" : "calls"}`));
  byId("live-part").hidden = live.length === 0;
  const empty = byId("live-empty");
  empty.hidden = live.length > 0;
  refill(empty, "none", shape("quiet"), el("h2", {}, "No live calls"), el("p", {}, "Calls appear here as soon as they are answered."));
}

function drawNeeds(open) {
  const place = byId("needs");
  if (!open.length) {
    needNodes.clear();
    refill(place, "none", el("div", { class: "live empty" }, shape("quiet"), el("h2", {}, "Nobody needs you right now"), el("p", {}, "Alerts appear here, words first.")));
    return;
  }
  if (place.dataset.says === "none") place.replaceChildren();
  place.dataset.says = "some";
  show(place, open, needNodes, (one) => one.decision.decision_id, () => el("article", {}), fillNeed);
}

function heard(decision) {
  if (decision.settled === "withdrawn") return "withdrawn: it was not that";
  if (decision.settled === "confirmed") return "confirmed";
  if (decision.provisional) return decision.segment >= 0 && decision.reliable ? "provisional: the caller is still speaking" : "provisional: heard unclearly";
  if (decision.segment < 0) return "";
  return decision.reliable ? "heard clearly" : "heard unclearly";
}

function fillNeed(node, { call, decision }) {
  node.dataset.state = decision.state;
  const isProvisional = decision.provisional && !decision.settled;
  node.className = `alert${isProvisional ? " provisional" : ""}${decision.settled === "withdrawn" ? " withdrawn" : ""}`;
  const says = JSON.stringify([decision.settled, decision.acknowledgedBy, call.endedAt, decision.error, decision.isBusy]);
  const changed = refill(
    node,
    says,
    el(
      "div",
      { class: "top" },
      el("span", { class: "state" }, shape(decision.state), el("span", {}, `${STATES[decision.state]} · ${category(decision.category)}`)),
      el("span", { class: "whose" }, el("strong", {}, call.agent || "agent unknown")),
    ),
    el("p", { class: "words" }, decision.because ? `«${decision.because}»` : decision.text),
    el(
      "p",
      { class: "facts" },
      decision.urgent && el("span", { class: "urgent" }, "Urgent"),
      decision.tier > 1 && el("span", { class: "urgent" }, `tier ${decision.tier}: nobody answered before`),
      heard(decision) && el("span", {}, heard(decision)),
      el("span", { class: "age", title: clockTime(decision.at) }),
      decision.acknowledgedBy && el("span", {}, `seen by ${decision.acknowledgedBy}`),
      call.endedAt && el("span", {}, "the call is over"),
    ),
    decision.error && el("p", { class: "complaint", role: "alert" }, decision.error),
    needActs(call, decision),
  );
  setText(node.querySelector(".age"), ago((chrome.line.now() - Date.parse(decision.at)) / 1000));
  return changed;
}

function needActs(call, decision) {
  const id = encodeURIComponent(decision.decision_id);
  const act = (path, body) => () => carryOut(decision, path, body);
  const button = (word, look, path, body) =>
    el("button", { type: "button", class: look, disabled: decision.isBusy, on: { click: act(path, body) } }, word);
  const whose = call.agent ? ` ${call.agent}'s call` : " call";
  return el(
    "div",
    { class: "acts" },
    mayAct && button("Claim", "act", `/api/alerts/${id}/claim`),
    mayAct && !call.endedAt && button("Ask to join", "", callPath(call.id, "request"), { tactic: "interject" }),
    mayAct && !decision.acknowledgedBy && button("Acknowledge", "", `/api/alerts/${id}/acknowledge`),
    el("a", { class: "button plain", href: `/agent?call=${encodeURIComponent(call.id)}`, "aria-label": `Read${whose}` }, "Read the call"),
  );
}

async function carryOut(decision, path, body) {
  decision.isBusy = true;
  decision.error = "";
  painter.soon();
  try {
    await post(path, body);
    if (body) tell("Asked to join.");
  } catch (error) {
    if (error.status === 404) gone.set(decision.decision_id, error.message);
    else decision.error = `Not done: ${error.message}. Try again.`;
    tell(decision.error || "This alert can no longer be answered: its call is gone.", true);
  } finally {
    decision.isBusy = false;
    painter.soon();
  }
}

function fillHand(node, { call, decision }) {
  node.dataset.state = decision.state;
  const by = decision.claimedBy === user.name ? "you" : decision.claimedBy;
  refill(
    node,
    by,
    el("span", { class: "state" }, shape(decision.state), el("span", {}, category(decision.category))),
    el("span", {}, call.agent || "agent unknown"),
    el("span", { class: "soft" }, `claimed by ${by}`),
    el("a", { href: `/agent?call=${encodeURIComponent(call.id)}` }, "Read the call"),
  );
}

function fillLive(node, call) {
  const state = call.isGuarded ? call.state : call.state === "quiet" ? call.guard : call.state;
  const labels = call.last?.labels ?? [];
  const says = JSON.stringify([state, call.agent, call.guard, call.guardWhy, call.last, call.helpers]);
  refill(
    node,
    says,
    el(
      "a",
      { class: "call", href: `/agent?call=${encodeURIComponent(call.id)}`, data: { state } },
      el("span", { class: "state" }, shape(state), el("span", {}, STATES[state])),
      el("span", { class: "name" }, call.agent || "agent unknown"),
      el("span", { class: "number soft" }),
      el(
        "span",
        { class: "last" },
        labels.length > 0 && el("strong", {}, `${labels.map(category).join(", ")} · `),
        call.last ? `«${call.last.text}»` : "",
      ),
      !call.isGuarded && el("span", { class: "guard soft" }, `${GUARDS[call.guard]}${call.guardWhy ? `: ${call.guardWhy}` : ""}`),
    ),
  );
  drawSpan(node, call);
}

function drawSpan(node, call) {
  setText(node.querySelector(".number"), call.startedAt ? span((chrome.line.now() - Date.parse(call.startedAt)) / 1000) : "");
}

function tick() {
  if (!chrome || document.hidden) return;
  for (const [id, node] of [...liveNodes, ...quietNodes]) if (calls.has(id)) drawSpan(node, calls.get(id));
  for (const { decision } of alerts()) {
    const node = needNodes.get(decision.decision_id);
    if (node) setText(node.querySelector(".age"), ago((chrome.line.now() - Date.parse(decision.at)) / 1000));
  }
}

// --- start ----------------------------------------------------------------------------------------

async function start() {
  for (let wait = 500; ; wait = Math.min(2 * wait, 8000)) {
    try {
      return await load();
    } catch (error) {
      refill(byId("needs"), error.message, el("div", { class: "live empty" }, shape("not_guarded"), el("h2", {}, "Not connected"), el("p", {}, `${error.message}. Trying again.`)));
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

const seq = await start();
chrome = new Chrome(user, seq, { event: take, reload: load, draw: () => painter.soon() });
for (const list of ["needs", "live"]) byId(list).addEventListener("pointerleave", () => painter.soon());
byId("quiet").addEventListener("toggle", () => painter.soon());
setInterval(tick, 1000);
chrome.line.connect();
painter.soon();
