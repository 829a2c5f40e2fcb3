// Render Discord's markdown as elements. Unknown syntax stays text.
import { h } from "./dom.js";

/** @typedef {import("./dom.js").Child} Child */
/** @typedef {{person: (id: string) => string | null, role: (id: string) => string | null,
 *             channel: (id: string) => string | null, me: string,
 *             jump: (channel: string, message: string | null) => void}} Names */
/** @typedef {(found: RegExpExecArray, names: Names) => Child[]} Make */

const JUMP = /^https:\/\/discord\.com\/channels\/\d+\/(\d+)(?:\/(\d+))?$/;

/** @type {[RegExp, Make][]} */
const RULES = [
  [/\\([^\p{L}\p{N}\s])/uy, (found) => [found[1]]],
  [/(`+)([^]*?[^`])\1(?!`)/y, (found) => [h("code", {}, found[2].trim() || found[2])]],
  [/\*\*([^]+?)\*\*(?!\*)/y, (found, names) => [h("strong", {}, inline(found[1], names))]],
  [/__([^]+?)__(?!_)/y, (found, names) => [h("u", {}, inline(found[1], names))]],
  [/~~([^]+?)~~/y, (found, names) => [h("s", {}, inline(found[1], names))]],
  [/\|\|([^]+?)\|\|/y, (found, names) => [spoiler(inline(found[1], names))]],
  [/\*(?=\S)((?:\\[^]|[^*\\])+?)\*(?!\*)/y, (found, names) => [h("em", {}, inline(found[1], names))]],
  [/_((?:\\[^]|[^_\\])+?)_(?!\w)/y, (found, names) => [h("em", {}, inline(found[1], names))]],
  [/\[((?:\\.|[^\]\\])+)\]\(<?(https?:\/\/[^\s)>]+)>?\)/y, (found, names) => [link(found[2], inline(found[1], names), names)]],
  [/<(https?:\/\/[^\s>]+)>/y, (found, names) => [link(found[1], [found[1]], names)]],
  [/https?:\/\/[^\s<>]*[^\s<>.,:;"')\]!?]/y, (found, names) => [link(found[0], [found[0]], names)]],
  [/<@!?(\d+)>/y, (found, names) => [mention("@", names.person(found[1]) ?? "unknown", found[1] === names.me)]],
  [/<@&(\d+)>/y, (found, names) => [mention("@", names.role(found[1]) ?? "unknown role", false)]],
  [/<#(\d+)>/y, (found, names) => [place(found[1], names)]],
  [/<t:(-?\d{1,12})(?::([tTdDfFR]))?>/y, (found) => [time(Number(found[1]), found[2] ?? "f")]],
  [/<\/([^:>\n]{1,64}):\d+>/y, (found) => [mention("/", found[1], false)]],
  [/<a?:(\w{2,32}):\d+>/y, (found) => [`:${found[1]}:`]],
  [/@(everyone|here)/y, (found) => [mention("@", found[1], true)]],
];
const SPECIAL = /[\\`*_~|[<@h]/g;

/**
 * @param {string} text
 * @param {Names} names
 * @returns {Child[]}
 */
export function inline(text, names) {
  /** @type {Child[]} */
  const found = [];
  let plain = 0;
  let at = 0;
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text);
    if (!next) break;
    at = next.index;
    const made = ruled(text, at, names);
    if (!made) {
      at += 1;
      continue;
    }
    found.push(...lines(text.slice(plain, at)), ...made.nodes);
    at = plain = made.end;
  }
  found.push(...lines(text.slice(plain)));
  return found;
}

/**
 * @param {string} text
 * @param {number} at
 * @param {Names} names
 */
function ruled(text, at, names) {
  if (text[at] === "_" && /\w/.test(text[at - 1] ?? "")) return null;
  for (const [rule, make] of RULES) {
    rule.lastIndex = at;
    const found = rule.exec(text);
    if (found) return { nodes: make(found, names), end: at + found[0].length };
  }
  return null;
}

/** @param {string} text @returns {Child[]} */
function lines(text) {
  return text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
}

/** @param {Child[]} inner */
function spoiler(inner) {
  const hidden = h("button", { type: "button", class: "spoiler", "aria-label": "Spoiler, press to show" }, h("span", {}, inner));
  hidden.addEventListener("click", () => hidden.replaceWith(h("span", { class: "shown-spoiler" }, inner)));
  return hidden;
}

/** @param {string} url @param {Child[]} inner @param {Names} names */
function link(url, inner, names) {
  const jump = JUMP.exec(url);
  if (jump && names.channel(jump[1]) !== null) {
    return h("a", { href: `#${jump[2] ?? jump[1]}`, class: "jump", onclick: (/** @type {Event} */ event) => {
      event.preventDefault();
      names.jump(jump[1], jump[2] ?? null);
    } }, inner);
  }
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, inner);
}

/** @param {string} sign @param {string} name @param {boolean} mine */
function mention(sign, name, mine) {
  return h("span", { class: mine ? "mention mine" : "mention" }, sign + name);
}

/** @param {string} id @param {Names} names */
function place(id, names) {
  const name = names.channel(id);
  if (name === null) return mention("#", "no access", false);
  return h("a", { href: `#${id}`, class: "mention", onclick: (/** @type {Event} */ event) => {
    event.preventDefault();
    names.jump(id, null);
  } }, `#${name}`);
}

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};
/** @type {[number, Intl.RelativeTimeFormatUnit][]} */
const STEPS = [[60, "second"], [3600, "minute"], [86400, "hour"], [2592000, "day"], [31536000, "month"], [Infinity, "year"]];
const LENGTHS = { second: 1, minute: 60, hour: 3600, day: 86400, month: 2592000, year: 31536000 };
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** Return a time relative to now, such as "in 2 hours". @param {number} seconds since 1970 */
export function ago(seconds) {
  const left = seconds - Date.now() / 1000;
  const unit = (STEPS.find(([below]) => Math.abs(left) < below) ?? STEPS[5])[1];
  return RELATIVE.format(Math.round(left / LENGTHS[/** @type {keyof typeof LENGTHS} */ (unit)]), unit);
}

/** @param {number} seconds @param {string} style */
function time(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `<t:${seconds}>`;
  const full = new Intl.DateTimeFormat("en", STYLES.F).format(date);
  const text = style === "R" ? ago(seconds) : new Intl.DateTimeFormat("en", STYLES[style]).format(date);
  return h("time", { datetime: date.toISOString(), title: full, class: "stamp", data: style === "R" ? { ago: seconds } : {} }, text);
}

/** Update all relative times on the page. */
export function tick() {
  for (const stamp of document.querySelectorAll("[data-ago]")) {
    const text = ago(Number(/** @type {HTMLElement} */ (stamp).dataset.ago));
    if (stamp.textContent !== text) stamp.textContent = text;
  }
}

const FENCE = /```(?:([\w+-]{1,20})\n)?\n?([^]+?)\n?```/g;

/**
 * A whole text: code blocks, quotes, headings, lists, small print.
 * @param {string} text
 * @param {Names} names
 * @returns {Child[]}
 */
export function markdown(text, names) {
  /** @type {Child[]} */
  const found = [];
  let at = 0;
  for (const fence of text.matchAll(FENCE)) {
    found.push(...blocks(text.slice(at, fence.index), names), h("pre", { tabindex: "0" }, h("code", {}, fence[2])));
    at = fence.index + fence[0].length;
  }
  found.push(...blocks(text.slice(at), names));
  return found;
}

/** @param {string} text @param {Names} names @returns {Child[]} */
function blocks(text, names) {
  const wall = /(^|\n)>>> ([^]*)$/.exec(text);
  if (wall) {
    return [...blocks(text.slice(0, wall.index), names), h("blockquote", {}, blocks(wall[2], names))];
  }
  /** @type {Child[]} */
  const found = [];
  /** @type {{kind: string, lines: string[]}} */
  let group = { kind: "", lines: [] };
  const close = () => {
    if (group.lines.length) found.push(block(group.kind, group.lines, names));
  };
  for (const line of text.replace(/^\n+|\n+$/g, "").split("\n")) {
    const [kind, rest] = sorted(line);
    if (kind !== group.kind || /^h|small/.test(kind)) {
      close();
      group = { kind, lines: [] };
    }
    if (kind !== "p" || rest || group.lines.length) group.lines.push(rest);
  }
  close();
  return found;
}

/** @param {string} line @returns {[string, string]} */
function sorted(line) {
  const marks = /** @type {[RegExp, string][]} */ ([
    [/^# (.*)/, "h3"], [/^## (.*)/, "h4"], [/^### (.*)/, "h5"], [/^-# (.*)/, "small"], [/^> ?(.*)/, "quote"],
    [/^ *[-*] (.*)/, "ul"], [/^ *\d+\. (.*)/, "ol"],
  ]);
  for (const [mark, kind] of marks) {
    const found = mark.exec(line);
    if (found) return [kind, found[1]];
  }
  return ["p", line];
}

/** @param {string} kind @param {string[]} rows @param {Names} names */
function block(kind, rows, names) {
  if (kind === "ul" || kind === "ol") return h(kind, {}, rows.map((row) => h("li", {}, inline(row, names))));
  const inner = inline(rows.join("\n"), names);
  if (kind === "quote") return h("blockquote", {}, inner);
  if (kind === "small") return h("p", { class: "small" }, inner);
  if (kind === "p") return h("p", {}, inner);
  return h("p", { class: `heading ${kind}` }, inner);
}
