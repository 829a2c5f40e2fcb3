// A message as an article. An edit replaces only the parts that differ, so a playing clip keeps playing.
import { colour, components, media } from "./components.js";
import { h, icon } from "./dom.js";
import { rememberFocus } from "./focus.js";
import { markdown } from "./markdown.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {{place: Json, names: import("./markdown.js").Names,
 *   use: (from: HTMLElement, act: string, fields: Json) => void,
 *   request: (act: string, fields: Json) => void}} Context */
/** @typedef {[string, (message: Json) => any, (message: Json, context: Context) => any[]]} Part */

const V2 = 1 << 15;
const LOADING = 1 << 7;
const AGAIN_MS = 7 * 60 * 1000;

/** @type {Part[]} */
const PARTS = [
  ["answers", (m) => [m.answers, m.used], above],
  ["head", (m) => m.timestamp, head],
  ["body", (m) => [m.content, m.mentions, m.edited_timestamp, m.flags, m.forwarded], body],
  ["files", (m) => m.attachments, (m) => m.attachments.map((/** @type {Json} */ file) => media(file, file.description, ""))],
  ["embeds", (m) => [m.embeds, m.poll], (m, context) => [...m.embeds.map((/** @type {Json} */ e) => embed(e, context)), poll(m.poll)]],
  ["parts", (m) => m.components, (m, context) => components(m.components, m, context)],
  ["reactions", (m) => m.reactions, reactions],
  ["foot", (m) => [m.ephemeral, m.forwarded], foot],
];
/** @type {WeakMap<Element, Json>} */
const shown = new WeakMap();

/** @param {Json} message @param {Context} context */
export function article(message, context) {
  const name = `m${message.id}`;
  const box = h("article", { id: name, tabindex: "-1", class: looks(message, context), "aria-label": spoken(message), data: { id: message.id } });
  box.append(avatar(message.author), ...PARTS.map(([part, , make]) => h("div", { class: part }, make(message, context))));
  shown.set(box, message);
  return box;
}

/** Update an article. @param {HTMLElement} box @param {Json} message @param {Context} context */
export function renew(box, message, context) {
  const before = shown.get(box) ?? {};
  const restoreFocus = rememberFocus();
  for (const [part, look, make] of PARTS) {
    if (JSON.stringify(look(before)) === JSON.stringify(look(message))) continue;
    const old = box.querySelector(`:scope > .${part}`);
    old?.replaceWith(h("div", { class: part }, make(message, context)));
  }
  box.setAttribute("aria-label", spoken(message));
  box.className = `${looks(message, context)}${box.classList.contains("again") ? " again" : ""}`;
  shown.set(box, message);
  restoreFocus();
}

/** Return the message that an article shows. @param {Element} box */
export function messageOf(box) {
  return shown.get(box);
}

/** Hide the header of consecutive messages by the same author. @param {HTMLElement} box */
export function grouped(box) {
  const one = shown.get(box);
  const before = box.previousElementSibling ? shown.get(box.previousElementSibling) : undefined;
  const again = Boolean(one && before && before.author.id === one.author.id && !one.answers && !one.used
    && one.ephemeral === before.ephemeral && Date.parse(one.timestamp) - Date.parse(before.timestamp) < AGAIN_MS);
  box.classList.toggle("again", again);
}

/** @param {Json} message @param {Context} context */
function looks(message, context) {
  const me = context.place.me;
  const named = message.mention_everyone || message.mentions.some((/** @type {Json} */ one) => one.id === me);
  return `message${message.ephemeral ? " ephemeral" : ""}${named ? " named" : ""}${message.forwarded ? " forward" : ""}`;
}

/** @param {Json} message */
function spoken(message) {
  return `${message.author.username}, ${clock(message.timestamp)}`;
}

/** @param {string} iso */
function clock(iso) {
  return new Date(iso).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** Return the time of a message, with its date unless that is today. @param {string} iso */
function dated(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock(iso) : `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })}, ${clock(iso)}`;
}

/** @param {Json} author */
function avatar(author) {
  return h("span", { class: `avatar ${author.bot ? "bot" : `hue${hue(author.username)}`}`, "aria-hidden": true }, author.username.slice(0, 1).toUpperCase());
}

/** @param {string} name */
export function hue(name) {
  return [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 5;
}

/** @param {Json} message @param {Context} context */
function above(message, context) {
  const found = [];
  const { answers, used } = message;
  if (answers) found.push(preview(answers, message, context));
  if (used) found.push(h("p", { class: "used" }, h("strong", {}, used.name), " used ", h("span", { class: "mention" }, used.what)));
  return found;
}

/** @param {Json} answers @param {Json} message @param {Context} context */
function preview(answers, message, context) {
  const line = h("button", { type: "button", class: "preview", onclick: () => context.names.jump(message.channel_id, answers.id) });
  line.append(icon("reply"));
  if (answers.text === null) line.append(h("em", {}, "The original message was deleted"));
  else {
    const first = answers.text.split("\n")[0];
    line.append(h("strong", {}, (answers.pinged ? "@" : "") + answers.author.username),
      h("span", { class: "cut" }, first ? plain(first, context) : answers.used ? `used ${answers.used.what}` : "a file"),
      answers.files ? h("span", { class: "detail" }, "▶") : "");
  }
  return line;
}

/** Return the text of a line without its links and buttons. @param {string} text @param {Context} context */
function plain(text, context) {
  return h("span", {}, markdown(text, context.names)).textContent;
}

/** @param {Json} message */
function head(message) {
  return [
    h("strong", { class: `name ${message.author.bot ? "" : `hue${hue(message.author.username)}`}` }, message.author.username),
    message.author.bot ? h("span", { class: "tag" }, "APP") : null,
    h("time", { datetime: message.timestamp, title: new Date(message.timestamp).toLocaleString("en") }, dated(message.timestamp)),
  ];
}

/** @param {Json} message @param {Context} context */
function body(message, context) {
  if (message.flags & LOADING) return [h("p", { class: "thinking" }, `${message.author.username} is thinking`, h("span", { class: "dots", "aria-hidden": true }))];
  const label = message.forwarded ? [h("p", { class: "forwarded" }, icon("forward"), "Forwarded")] : [];
  if (!message.content) return label;
  const names = { ...context.names, person: (/** @type {string} */ id) => context.names.person(id) ?? message.mentions.find((/** @type {Json} */ one) => one.id === id)?.username ?? null };
  const found = markdown(message.content, names);
  if (message.edited_timestamp && !(message.flags & V2)) {
    const mark = h("span", { class: "edited" }, " (edited)");
    const last = found.at(-1);
    if (last instanceof HTMLParagraphElement) last.append(mark);
    else found.push(mark);
  }
  return [...label, ...found];
}

/** @param {Json} embed @param {Context} context */
function embed(embed, context) {
  const text = (/** @type {string | undefined} */ words) => (words ? markdown(words, context.names) : []);
  const box = h("div", { class: "embed" },
    embed.author ? h("p", { class: "author" }, embed.author.name) : null,
    embed.title ? h("div", { class: "title" }, text(embed.title)) : null,
    embed.description ? h("div", { class: "text" }, text(embed.description)) : null,
    embed.fields?.length ? h("dl", {}, embed.fields.map((/** @type {Json} */ field) =>
      h("div", { class: field.inline ? "inline" : "" }, h("dt", {}, text(field.name)), h("dd", {}, text(field.value))))) : null,
    embed.image ? media(embed.image, embed.title, "") : null,
    embed.thumbnail ? media(embed.thumbnail, embed.title, "thumbnail") : null,
    embed.footer || embed.timestamp ? h("p", { class: "small" }, [embed.footer?.text, embed.timestamp && clock(embed.timestamp)].filter(Boolean).join(" · ")) : null);
  if (typeof embed.color === "number") box.style.borderLeftColor = colour(embed.color);
  return box;
}

/** @param {Json | null} poll */
function poll(poll) {
  if (!poll) return null;
  return h("div", { class: "embed" }, h("p", { class: "title" }, poll.question?.text ?? "Poll"),
    h("ul", {}, (poll.answers ?? []).map((/** @type {Json} */ one) => h("li", {}, one.poll_media?.text ?? ""))));
}

/** @param {Json} message @param {Context} context */
function reactions(message, context) {
  return message.reactions.map((/** @type {Json} */ one) => {
    const mine = one.users.includes(context.place.me);
    const who = one.users.map((/** @type {string} */ id) => context.names.person(id) ?? "someone").join(", ");
    return h("button", {
      type: "button", class: "reaction", "aria-pressed": String(mine), title: who, "aria-label": `${one.emoji}, ${who}`, data: { emoji: one.emoji },
      onclick: () => context.request("react", { message: message.id, emoji: one.emoji }),
    }, `${one.emoji} ${one.users.length}`);
  });
}

/** @param {Json} message @param {Context} context */
function foot(message, context) {
  if (message.forwarded) return origin(message.forwarded, context);
  if (!message.ephemeral) return [];
  const dismiss = h("button", { type: "button", class: "plain", onclick: () => context.request("delete", { message: message.id }) }, "Dismiss message");
  return [h("p", { class: "small" }, "Only you can see this · ", dismiss)];
}

/** Lead to the original of a forward, for those who see its channel. @param {Json} forwarded @param {Context} context */
function origin(forwarded, context) {
  const channel = context.names.channel(forwarded.channel);
  if (!channel) return [];
  const jump = () => context.names.jump(forwarded.channel, forwarded.message);
  return [h("p", { class: "small" }, h("button", { type: "button", class: "plain", onclick: jump }, `#${channel}`), ` · ${dated(forwarded.timestamp)}`)];
}
