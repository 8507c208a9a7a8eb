// The agent's call view: what can be said, what is heard, help always at hand.

import { callPath, get, me, post, postInTheEnd } from "./api.js";
import { Chrome, tell } from "./chrome.js";
import { byId, el, keyed, refill, setText, shape, span } from "./dom.js";
import { Call, pieces } from "./model.js";
import { Painter } from "./paint.js";
import { choice, notify, notifyChoice, softSound } from "./signals.js";
import { ACTS, category, GAPS, GUARDS, RANK, STATES, tactic } from "./words.js";

const MOST_LINES = 400;
const user = await me();
const wanted = new URLSearchParams(location.search).get("call");
const lineNodes = new Map();
const promptNodes = new Map();

let call = null;
let isWaiting = true;
let isFollowing = true;
let cards = [];
let chrome = null;

const painter = new Painter(draw, (seq) => chrome?.line.drawn(seq));
const hasKeys = choice("keys", true, (isOn) => document.body.classList.toggle("no-keys", !isOn));
const hasSound = choice("sound", true);
notifyChoice();

// --- what happens ---------------------------------------------------------------------------------

/** Load where things stand and return the number of the last event in it. */
async function load() {
  const live = await get("/api/live");
  const found = wanted ?? live.calls[0]?.call_id ?? (call?.endedAt && !isWaiting ? call.id : null);
  if (!found) {
    call = null;
    return live.seq;
  }
  const known = live.calls.find((one) => one.call_id === found);
  const loaded = new Call(found, { agent: known?.agent, startedAt: known?.started_at });
  for (const event of await get(callPath(found, "events"))) loaded.take(event);
  call = loaded;
  isWaiting = false;
  return live.seq;
}

function take(event) {
  if (event.type === "call_started" && !wanted && (user.role === "agent" ? true : !call || call.endedAt)) {
    call = new Call(event.call_id);
    isWaiting = false;
    closeCards();
  }
  if (event.type === "agent_assigned" && !wanted && event.agent === user.name && event.call_id !== call?.id) {
    chrome?.reset(); // what was said before it was given to us is in the archive
    return;
  }
  if (!call || event.call_id !== call.id) return;
  const before = call.state;
  call.take(event);
  if (event.type === "state") rise(before, event.state);
  if (event.type === "decision" && event.audience === "agent") {
    tell(`${tactic(event.tactics[0] ?? "calm")}: ${event.text}`, event.severity >= 3);
    byId("prompts").hidden = false; // even while the cards are open
    painter.soon(event.seq);
  }
  painter.soon();
}

function rise(before, after) {
  tell(`The call is ${STATES[after].toLowerCase()}.`);
  if ((RANK[after] ?? 0) <= (RANK[before] ?? 0)) return;
  if (hasSound()) softSound();
  notify(`This call is ${STATES[after].toLowerCase()}`);
}

// --- what people do -------------------------------------------------------------------------------

const isMine = () => user.role === "agent" || call?.agent === user.name;

async function askHelp(isPanic) {
  if (!call || !isMine()) return;
  if (isSending) return;
  isSending = true;
  const button = byId(isPanic ? "panic" : "help");
  button.disabled = true;
  say(isPanic ? "Sending panic …" : "Asking for help …");
  try {
    await postInTheEnd(callPath(call.id, isPanic ? "panic" : "help"), undefined, () =>
      say("Offline: your call for help goes out as soon as the line is back. Until then, call out to somebody near you."),
    );
    say("");
    call.helpers = isPanic ? "Panic sent. Senior staff have been told." : "Help asked. Senior staff have been told.";
  } catch (error) {
    // 503 says that it was passed on and only the record is missing.
    say(`${isPanic ? "Panic" : "Help"}: ${error.message}.`);
  } finally {
    isSending = false;
    button.disabled = false;
    painter.soon();
  }
}

let isSending = false;
let newestPrompt;
let saying = "";
function say(sentence) {
  saying = sentence;
  painter.soon();
}

async function answer(decision, tacticName, given) {
  try {
    await post(callPath(call.id, "cards"), { tactic: tacticName, answer: given, decision_id: decision?.decision_id ?? "" });
    if (decision) decision.answered = given;
    if (given === "used" && ACTS.has(tacticName)) await post(callPath(call.id, "request"), { tactic: tacticName });
    tell(given === "used" ? `${tactic(tacticName)}: used.` : "Put away.");
  } catch (error) {
    say(`${tactic(tacticName)}: ${error.message}.`);
  }
  painter.soon();
}

function openCards(tacticName) {
  if (!call || call.endedAt || !isMine()) return;
  byId("cards").hidden = false;
  byId("prompts").hidden = true; // in its place: the transcript stays in sight
  byId("all-cards").setAttribute("aria-expanded", "true");
  const list = byId("card-list");
  refill(list, JSON.stringify(cards), cards.map(cardItem));
  (list.querySelector(`[data-tactic="${tacticName}"] button`) ?? byId("close-cards")).focus();
}

function closeCards() {
  if (byId("cards").hidden) return;
  byId("cards").hidden = true;
  byId("prompts").hidden = false;
  byId("all-cards").setAttribute("aria-expanded", "false");
  byId("all-cards").focus();
}

function cardItem(card) {
  const use = () => {
    answer(null, card.tactic, "used");
    closeCards();
  };
  return el(
    "li",
    { data: { tactic: card.tactic } },
    el("div", {}, el("h3", {}, tactic(card.tactic)), el("p", {}, card.text)),
    el("button", { type: "button", class: "small", on: { click: use }, "aria-label": `${tactic(card.tactic)}: used` }, "Used"),
  );
}

// --- drawing --------------------------------------------------------------------------------------

function draw() {
  const isLive = Boolean(call && !call.endedAt);
  const state = isLive ? call.state : "quiet";
  drawBar(state, isLive);
  chrome?.notices(ownNotices(isLive));
  byId("rest").hidden = !(call?.endedAt && !isWaiting && isMine());
  drawPrompts(isLive);
  drawTalk();
  for (const id of ["help", "panic", "all-cards"]) byId(id).hidden = !isMine();
  // A caller who says «I'm coming over» and hangs up leaves fear behind: help works after the call, too.
  for (const id of ["help", "panic"]) if (!isSending) byId(id).disabled = !call;
  byId("all-cards").disabled = !isLive;
  byId("back").hidden = user.role === "agent";
  setText(byId("helpers"), saying || (isMine() ? (call?.helpers ?? "") : watching()));
}

const watching = () => (call ? `You are watching ${call.agent || "this"}${call.agent ? "'s" : ""} call. ${call.helpers}` : "");

function drawBar(state, isLive) {
  const bar = byId("state");
  bar.dataset.state = state;
  const word = call ? (call.endedAt ? "Call over" : STATES[state]) : "No call";
  refill(bar, `${state}${word}`, shape(state), el("span", {}, word));
  document.title = `${isLive ? `${STATES[state]} · ` : ""}callguard`;
  drawTime();
  const level = !chrome?.isUp ? "not_guarded" : isLive ? call.guard : chrome.health?.is_fallback ? "fallback" : "guarded";
  const behind = isLive && call.behindS !== null && call.isGuarded ? ` · ${call.behindS.toFixed(1)} s` : "";
  const words = chrome?.isUp === false ? "offline" : GUARDS[level] + behind;
  const guard = byId("guard-word");
  guard.className = level === "not_guarded" || level === "degraded" ? "state" : "soft";
  guard.dataset.state = level;
  refill(guard, level + words, level === "not_guarded" || level === "degraded" ? shape(level) : null, el("span", {}, words));
  setText(byId("guard-why"), (isLive && call.guardWhy) || "callguard hears both sides of your calls and helps when a caller gets abusive. It never rates you.");
  setText(byId("guard-engine"), chrome?.engine ?? "");
}

function drawTime() {
  const from = call?.startedAt ? Date.parse(call.startedAt) : null;
  const until = call?.endedAt ? Date.parse(call.endedAt) : (chrome?.line.now() ?? Date.now());
  setText(byId("time"), from && !isWaiting ? span((until - from) / 1000) : "");
}

function ownNotices(isLive) {
  if (!isLive) return [];
  const found = [];
  if (call.state === "threat" && call.mustStayOpen && isMine()) found.push(["threat", "Do not hang up. Stay calm and keep the caller talking."]);
  if (call.guard === "not_guarded") found.push(["not_guarded", `This call is not guarded. ${call.guardWhy}`]);
  if (call.guard === "degraded") found.push(["degraded", `Guarding is degraded. ${call.guardWhy}`]);
  return found;
}

function drawPrompts(isLive) {
  const prompts = isLive ? call.prompts : [];
  keyed(byId("prompts"), prompts.map((one) => one.decision_id), promptNodes, () => el("article", {}));
  prompts.forEach((one, place) => fillPrompt(promptNodes.get(one.decision_id), one, place === 0));
  if (prompts[0] && prompts[0].decision_id !== newestPrompt) byId("prompts").parentElement.scrollTop = 0;
  newestPrompt = prompts[0]?.decision_id;
}

function fillPrompt(node, decision, isFirst) {
  node.dataset.state = decision.state;
  const isOpen = decision.provisional && !decision.settled;
  node.className = `prompt${isFirst ? "" : " second"}${isOpen ? " provisional" : ""}${decision.settled === "withdrawn" ? " withdrawn" : ""}`;
  const [first, ...others] = decision.tactics;
  const status = { confirmed: "confirmed", withdrawn: "withdrawn: it was not that" }[decision.settled] ?? (isOpen ? "provisional: still being heard" : "");
  refill(
    node,
    JSON.stringify([decision.settled, isFirst, isMine()]),
    el(
      "p",
      { class: "lead" },
      el("span", { class: "state" }, shape(decision.state), first ? tactic(first) : "Note"),
      el("span", {}, category(decision.category)),
      status && el("span", { class: "tag" }, status),
      !decision.reliable && el("span", { class: "tag" }, "heard unclearly"),
    ),
    el("blockquote", {}, decision.text),
    isMine() &&
      el(
        "div",
        { class: "acts" },
        first && promptButton("Used", isFirst && "⏎", isFirst ? "act" : "small", () => answer(decision, first, "used")),
        promptButton(decision.settled === "withdrawn" ? "Put away" : "Not now", isFirst && "N", isFirst ? "" : "small", () => answer(decision, first ?? "calm", "not_now")),
        isFirst && others.map((name) => promptButton(`${tactic(name)} …`, false, "plain", () => openCards(name))),
      ),
  );
}

function promptButton(word, key, look, act) {
  return el("button", { type: "button", class: look, on: { click: act } }, word, key && el("kbd", { "aria-hidden": "true" }, key));
}

function drawTalk() {
  const list = byId("talk");
  const items = call && !isWaiting ? [...call.lines.values(), ...call.holes].filter((one) => one.because || one.text) : [];
  items.sort((one, other) => one.startS - other.startS);
  const shown = items.slice(-MOST_LINES);
  keyed(list, shown.map((one) => one.key), lineNodes, () => el("li", {}));
  for (const one of shown) one.because ? fillHole(lineNodes.get(one.key), one) : fillLine(lineNodes.get(one.key), one);
  drawEmpty(shown.length === 0);
  followTalk();
}

/** Stay with the newest line, unless the reader has scrolled back. */
function followTalk() {
  if (isFollowing) byId("talk").scrollTop = byId("talk").scrollHeight;
  byId("newest").hidden = isFollowing || byId("talk").hidden;
}

function fillLine(node, line) {
  const says = JSON.stringify([line.text, line.spans, line.labels, line.isFinal, line.isReliable]);
  if (node.dataset.says === says) return;
  node.className = `said ${line.channel}${line.isFinal ? "" : " partial"}${line.isReliable === false ? " unreliable" : ""}`;
  const who = { caller: "caller", agent: isMine() ? "you" : "agent" }[line.channel] ?? "heard";
  const words = pieces(line.text, line.spans).map((one) => (one.category ? el("mark", { title: category(one.category) }, one.text) : one.text));
  const labels = line.labels.map((one) => el("span", { class: "tag strong" }, category(one)));
  if (line.isReliable === false) labels.push(el("span", { class: "tag" }, "heard unclearly"));
  refill(
    node,
    says,
    el("span", { class: "who" }, who),
    el("div", {}, el("span", { class: "words" }, ...words), labels.length > 0 && el("span", { class: "tags" }, ...labels)),
  );
}

function fillHole(node, hole) {
  node.className = "hole";
  const why = hole.because === "unwritten" ? "speech that could not be written down" : (GAPS[hole.because] ?? hole.because);
  refill(node, hole.key, el("span", {}, `${(hole.endS - hole.startS).toFixed(1)} s: ${why}`));
}

function drawEmpty(isEmpty) {
  const place = byId("empty");
  place.hidden = !isEmpty;
  byId("talk").hidden = isEmpty;
  if (!isEmpty) return;
  const live = call && !call.endedAt && !isWaiting;
  const heading = live ? "Listening" : call && !isWaiting ? "Nothing was written down" : "No call right now";
  const next = live
    ? "What is said appears here as soon as somebody speaks."
    : user.role === "agent"
      ? "Your next call appears here by itself. You can leave this page open."
      : "Calls appear here when they come in. Choose one on the board.";
  refill(place, heading + next, shape("quiet"), el("h2", {}, heading), el("p", {}, next), user.role !== "agent" && el("a", { href: "/board" }, "To the board"));
}

// --- keys and buttons -----------------------------------------------------------------------------

const firstPrompt = () => (call && !call.endedAt && isMine() ? call.prompts[0] : undefined);

const KEYS = {
  h: () => askHelp(false),
  H: () => askHelp(true),
  c: () => (byId("cards").hidden ? openCards() : closeCards()),
  n: () => firstPrompt() && answer(firstPrompt(), firstPrompt().tactics[0] ?? "calm", "not_now"),
  Enter: () => firstPrompt()?.tactics.length && answer(firstPrompt(), firstPrompt().tactics[0], "used"),
};

document.addEventListener("keydown", (pressed) => {
  if (pressed.key === "Escape") closeCards();
  if (!hasKeys() || pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.repeat) return;
  const inControl = pressed.target.closest("button, a, input, summary, select, textarea");
  if (pressed.key === "Enter" && inControl) return; // Enter belongs to what has the focus
  if (pressed.target.closest("input[type=text], input[type=password], textarea")) return;
  const act = KEYS[pressed.key];
  if (!act) return;
  pressed.preventDefault();
  act();
});

byId("help").addEventListener("click", () => askHelp(false));
byId("panic").addEventListener("click", () => askHelp(true));
byId("all-cards").addEventListener("click", () => (byId("cards").hidden ? openCards() : closeCards()));
byId("close-cards").addEventListener("click", closeCards);
byId("talk").addEventListener("scroll", ({ target }) => {
  isFollowing = target.scrollHeight - target.scrollTop - target.clientHeight < 48;
  byId("newest").hidden = isFollowing;
});
new ResizeObserver(followTalk).observe(byId("talk"));
byId("newest").addEventListener("click", () => {
  isFollowing = true;
  followTalk();
});
byId("ready").addEventListener("click", () => {
  call = null;
  isWaiting = true;
  painter.soon();
});
setInterval(drawTime, 1000);

// --- start ----------------------------------------------------------------------------------------

async function start() {
  for (let wait = 500; ; wait = Math.min(2 * wait, 8000)) {
    try {
      const seq = await load();
      cards = await get("/api/cards");
      return seq;
    } catch (error) {
      refill(
        byId("empty"),
        error.message,
        shape("not_guarded"),
        el("h2", {}, error.status === 404 ? "No such call" : "Not connected"),
        el("p", {}, `${error.message}.`),
        error.status === 404 && el("a", { href: user.role === "agent" ? "/agent" : "/board" }, "Back"),
      );
      byId("empty").hidden = false;
      byId("talk").hidden = true;
      if (error.status === 404) return null;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

const seq = await start();
if (seq !== null) {
  chrome = new Chrome(user, seq, { event: take, reload: load, draw: () => painter.soon() });
  chrome.line.connect();
  painter.soon();
}
