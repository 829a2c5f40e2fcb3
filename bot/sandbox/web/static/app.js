// The page: the current member and channel, and the events of the server.
import { Composer } from "./composer.js";
import { byId, h, icon, notice } from "./dom.js";
import { Log } from "./log.js";
import { tick } from "./markdown.js";
import { hue, messageOf } from "./message.js";
import { openModal } from "./modal.js";
import { Panel } from "./panel.js";
import { Line } from "./socket.js";
import { Tools } from "./tools.js";

/** @typedef {Record<string, any>} Json */

/** @type {Json} */
let place = { me: "", server: { id: "", name: "", limit: 0 }, channels: [], members: [], roles: [], bot: { id: "", name: "", online: false } };
let here = "";
let seenBy = "";
/** @type {Set<string>} */ const unread = new Set();
/** @type {Map<string, {done: (answer: string) => void, failed: (why: string) => void}>} */ const waiting = new Map();
/** @type {Map<string, Json>} */ const early = new Map();
/** @type {Map<string, number>} */ const typing = new Map();

const line = new Line(hear, (up) => document.body.classList.toggle("offline", !up), () => place.me);
const request = (/** @type {string} */ act, /** @type {Json} */ fields = {}) => line.request(act, fields);
const requestOrNotify = (/** @type {string} */ act, /** @type {Json} */ fields) => request(act, fields).catch((error) => notice(error.message));

const names = {
  get me() {
    return place.me;
  },
  person: (/** @type {string} */ id) => place.members.find((/** @type {Json} */ one) => one.id === id)?.name ?? null,
  role: (/** @type {string} */ id) => place.roles.find((/** @type {Json} */ one) => one.id === id)?.name ?? null,
  channel: (/** @type {string} */ id) => place.channels.find((/** @type {Json} */ one) => one.id === id)?.name ?? null,
  jump: (/** @type {string} */ channel, /** @type {string | null} */ message) => void jump(channel, message),
};
const context = () => ({ place, names, use, request: requestOrNotify });
const log = new Log(context, (channel, before) => request("history", { channel, before }));
const composer = new Composer({ place: () => place, here: current, request, runCommand, up: () => log.walk(-1), sent: () => log.toNewest() });
const panel = new Panel(request);
const tools = new Tools({ context, composer, request: requestOrNotify, menu: (message, command) => runCommand(command, { message, command }, "menu").catch((error) => notice(error.message)) });

function current() {
  return place.channels.find((/** @type {Json} */ one) => one.id === here);
}

/** @param {Json} news */
function hear(news) {
  switch (news.ev) {
    case "place": return arrived(news);
    case "bot": return botState(news.online);
    case "message": case "edited": case "reacted": case "unreacted": case "reactions_cleared": return heard(news.ev, news.message);
    case "gone": return log.drop(news.id);
    case "typing": return types(news);
    case "answered": return answered(news);
    case "panel": return panel.update(news);
    default: return undefined;
  }
}

/** @param {string} kind @param {Json} message */
function heard(kind, message) {
  if (kind === "message") {
    typing.delete(`${message.channel_id} ${message.author.username}`);
    showTyping();
    if (message.channel_id !== here) {
      unread.add(message.channel_id);
      showChannels();
    }
  }
  log.put(message);
}

/** @param {Json} news the server, as the member finds it */
function arrived(news) {
  const before = place.me;
  place = news;
  composer.stale();
  byId("server").textContent = place.server.name;
  document.title = `${place.server.name} · Retake`;
  botState(place.bot.online);
  showPeople();
  const wanted = here || location.hash.slice(1) || sessionStorage.getItem("retake-here") || "";
  const known = place.channels.some((/** @type {Json} */ one) => one.id === wanted);
  if (!known || log.channel !== here || news.me !== before || !line.settled) void go(known ? wanted : place.channels[0]?.id ?? "");
  else {
    showChannels();
    composer.offer();
  }
  line.settled = true;
}

/** @param {string} id */
async function go(id) {
  const moved = id !== here || place.me !== seenBy; // a reconnect keeps what is being typed
  here = id;
  seenBy = place.me;
  sessionStorage.setItem("retake-here", id);
  unread.delete(id);
  composer.stale();
  if (moved) {
    composer.cancel();
    composer.rest();
  }
  showChannels();
  channelsOpen(false);
  const channel = current();
  byId("place").textContent = channel ? `${channel.parent ? "" : "# "}${channel.name}` : "No channel";
  byId("topic").textContent = channel?.topic ?? "";
  composer.text.placeholder = channel?.writes === false ? "You can't write here" : `Message ${channel?.parent ? "" : "#"}${channel?.name ?? ""}`;
  composer.text.disabled = channel?.writes === false;
  showTyping();
  composer.offer();
  if (id) await log.open(id).catch((error) => notice(error.message));
}

/** @param {string} channel @param {string | null} message */
async function jump(channel, message) {
  if (channel !== here) await go(channel);
  if (message && !(await log.reveal(message))) notice("That message no longer exists.");
}

function showPeople() {
  const people = place.members.filter((/** @type {Json} */ one) => !one.bot);
  byId("people").replaceChildren(...people.map((/** @type {Json} */ one) => {
    const input = h("input", { type: "radio", name: "me", value: one.id, checked: one.id === place.me });
    input.addEventListener("change", () => void be(one.id));
    return h("label", { title: one.manages ? `${one.name} runs the server` : one.name }, input,
      h("span", { class: `avatar hue${hue(one.name)}`, "aria-hidden": true }, one.name.slice(0, 1).toUpperCase()), h("span", { class: "who" }, one.name), one.manages ? h("span", { class: "detail" }, "manager") : null);
  }));
}

/** @param {string} id */
async function be(id) {
  const people = byId("people");
  people.setAttribute("aria-busy", "true");
  try {
    const seen = await request("be", { member: id });
    const here = people.contains(document.activeElement); // keep the focus of a member who is already typing
    line.settled = false;
    arrived(seen);
    if (here) /** @type {HTMLElement | null} */ (people.querySelector("input:checked"))?.focus();
  } catch (error) {
    showPeople();
    notice(/** @type {Error} */ (error).message);
  }
  people.removeAttribute("aria-busy");
}

function showChannels() {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.channel;
  const row = (/** @type {Json} */ one) => h("a", {
    href: `#${one.id}`, data: { channel: one.id }, class: `${one.parent ? "thread" : ""}${unread.has(one.id) ? " unread" : ""}`,
    "aria-current": one.id === here ? "page" : null,
    onclick: (/** @type {Event} */ event) => {
      event.preventDefault();
      void go(one.id);
    },
  }, h("span", { "aria-hidden": true }, one.parent ? "⤷ " : "# "), one.name, unread.has(one.id) ? h("span", { class: "hidden" }, ", unread") : null);
  const tops = place.channels.filter((/** @type {Json} */ one) => !one.parent);
  byId("channels").replaceChildren(...tops.map((/** @type {Json} */ top) => [top, ...place.channels.filter((/** @type {Json} */ one) => one.parent === top.id)].map(row)).flat());
  if (focused) /** @type {HTMLElement | null} */ (byId("channels").querySelector(`[data-channel="${focused}"]`))?.focus();
}

/** @param {boolean} open */
function channelsOpen(open) {
  byId("channels").classList.toggle("open", open);
  byId("open-channels").setAttribute("aria-expanded", String(open));
}

/** @param {boolean} online */
function botState(online) {
  place.bot.online = online;
  byId("bot-state").replaceChildren(h("span", { class: `dot ${online ? "good" : "bad"}`, "aria-hidden": true }), `${place.bot.name} is ${online ? "online" : "offline"}`);
}

/** @param {Json} news */
function types(news) {
  typing.set(`${news.channel} ${news.who}`, Date.now() + 10_000);
  showTyping();
}

function showTyping() {
  const who = [];
  for (const [key, until] of typing) {
    if (until < Date.now()) typing.delete(key);
    else if (key.startsWith(`${here} `)) who.push(key.slice(here.length + 1));
  }
  const words = who.length ? `${who.join(", ")} ${who.length === 1 ? "is" : "are"} typing …` : "";
  if (byId("typing").textContent !== words) byId("typing").textContent = words;
}

/** Run a command and show it as pending until the bot answers. @param {string} what @param {Json} fields @param {string} [act] */
async function runCommand(what, fields, act = "slash") {
  const { interaction } = await request(act, fields);
  const lineHere = log.pending(`${what} …`);
  const done = (/** @type {string} */ answer) => {
    lineHere.done();
    log.answer(answer);
  };
  wait(interaction, done, () => lineHere.failed(`${what}: the application did not respond`));
}

/** Use a button or a select. @param {HTMLElement} from @param {string} act @param {Json} fields */
async function use(from, act, fields) {
  from.setAttribute("aria-busy", "true");
  const done = () => from.removeAttribute("aria-busy");
  try {
    const { interaction } = await request(act, fields);
    wait(interaction, done, () => {
      done();
      notice("This interaction failed.");
    });
  } catch (error) {
    done();
    notice(/** @type {Error} */ (error).message);
  }
}

/** @param {string} interaction @param {(answer: string) => void} done @param {(why: string) => void} failed */
function wait(interaction, done, failed) {
  waiting.set(interaction, { done, failed });
  const news = early.get(interaction);
  if (news) answered(news);
}

/** @param {Json} news */
function answered(news) {
  const one = waiting.get(news.interaction);
  if (!one) {
    early.set(news.interaction, news);
    return;
  }
  waiting.delete(news.interaction);
  early.delete(news.interaction);
  if (news.missed) one.failed("The application did not respond.");
  else one.done(news.message ?? "");
  if (news.modal) {
    openModal(news.modal, { place, names, submit: (values) => new Promise((done, failed) => {
      request("submit", { interaction: news.modal.interaction, values }).then(
        ({ interaction }) => wait(interaction, (answer) => {
          done(undefined);
          log.answer(answer);
        }, () => failed(new Error("Something went wrong. Try again."))),
        failed,
      );
    }) });
  }
}

function listen() {
  byId("open-channels").append(icon("menu"));
  byId("theme").append(icon("theme"));
  byId("open-panel").prepend(icon("panel"));
  byId("open-channels").addEventListener("click", () => channelsOpen(!byId("channels").classList.contains("open")));
  byId("theme").addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).getPropertyValue("--is-dark").trim() === "1";
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("retake-theme", dark ? "light" : "dark");
  });
  byId("log").addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.target !== byId("log") && target.tagName !== "ARTICLE") return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") log.walk(event.key === "ArrowUp" ? -1 : 1);
    else if (event.key === "Escape") composer.text.focus();
    else if (target.tagName !== "ARTICLE" || !tools.key(event, messageOf(target))) return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") channelsOpen(false);
    const free = event.target === document.body || /** @type {HTMLElement} */ (event.target).tagName === "ARTICLE";
    if (event.key === "/" && free) {
      event.preventDefault();
      composer.begin("/");
    }
  });
  setInterval(() => {
    tick();
    showTyping();
  }, 1000);
}

listen();
line.onup = () => {
  line.settled = false;
  panel.watch();
};
line.connect();
if (localStorage.getItem("retake-panel") === "open" && innerWidth > 900) panel.show(true);
