// The toolbar of a message: react, reply, forward, Apps menu, edit, delete. One toolbar moves between messages.
import { byId, h, icon, notice } from "./dom.js";
import { openList } from "./lists.js";
import { messageOf } from "./message.js";

/** @typedef {Record<string, any>} Json */

const EMOJI = ["👍", "👎", "⭐", "❤️", "😂", "🔥", "🎬", "🔔", "🎉", "👀"];

export class Tools {
  /** @type {HTMLElement | null} */ #at = null;

  /**
   * @param {{context: () => import("./message.js").Context, composer: import("./composer.js").Composer,
   *   request: (act: string, fields: Json) => Promise<any>, menu: (message: string, command: string) => void}} host
   */
  constructor(host) {
    this.host = host;
    this.react = tool("React", "smile", (message) => this.#react(message));
    this.reply = tool("Reply", "reply", (message) => this.host.composer.reply(message));
    this.more = tool("More: apps, edit, delete", "more", (message) => void this.#more(message));
    this.forward = tool("Forward", "forward", (message) => this.#forward(message));
    for (const opener of [this.react, this.forward, this.more]) {
      opener.setAttribute("aria-haspopup", "listbox");
      opener.setAttribute("aria-expanded", "false");
    }
    this.bar = h("div", { class: "tools", role: "toolbar", "aria-label": "Message" }, this.react, this.reply, this.forward, this.more);
    const box = byId("log");
    for (const kind of ["mouseover", "focusin", "click"]) {
      box.addEventListener(kind, (event) => this.#lend(/** @type {HTMLElement} */ (event.target).closest?.("article") ?? null));
    }
  }

  /** @param {HTMLElement | null} article */
  #lend(article) {
    if (!article || article === this.#at) return;
    if (document.getElementById("popup") && this.#at?.contains(this.bar) && this.#at.isConnected) return;
    this.#at = article;
    const ephemeral = messageOf(article)?.ephemeral;
    this.reply.hidden = this.react.hidden = this.forward.hidden = Boolean(ephemeral);
    article.append(this.bar);
  }

  /** @param {Json} message */
  #react(message) {
    openList(this.react, {
      label: "React with", rows: EMOJI.map((one) => ({ value: one, label: one })),
      done: ([emoji]) => emoji && this.host.request("react", { message: message.id, emoji }),
    });
    document.getElementById("popup")?.classList.add("grid");
  }

  /** @param {Json} message */
  #forward(message) {
    const channels = this.host.context().place.channels.filter((/** @type {Json} */ one) => one.writes);
    const rows = channels.map((/** @type {Json} */ one) => ({ value: one, label: `${one.parent ? "" : "#"}${one.name}`, detail: one.parent ? "thread" : "" }));
    openList(this.forward, { label: "Forward to", rows, done: async ([to]) => {
      if (to && await this.host.request("forward", { message: message.id, channel: to.id })) notice(`Forwarded to ${to.name}.`);
    } });
  }

  /** @param {Json} message */
  async #more(message) {
    const { composer, request } = this.host;
    const place = this.host.context().place;
    const mine = message.author.id === place.me;
    const moderates = place.channels.find((/** @type {Json} */ one) => one.id === message.channel_id)?.moderates;
    await composer.commands().catch(() => []);
    const rows = [
      ...composer.menu.map((name) => ({ value: ["app", name], label: name, detail: "Apps" })),
      ...(mine ? [{ value: ["edit"], label: "Edit" }] : []),
      ...(mine || moderates || message.ephemeral ? [{ value: ["delete"], label: message.ephemeral ? "Dismiss" : "Delete" }] : []),
      ...(message.reactions.length ? [{ value: ["who"], label: "Who reacted" }] : []),
      { value: ["copy"], label: "Copy link" },
    ];
    openList(this.more, { label: "More", rows, done: ([picked]) => {
      if (!picked) return;
      if (picked[0] === "app") this.host.menu(message.id, picked[1]);
      else if (picked[0] === "edit") composer.edit(message);
      else if (picked[0] === "who") notice(reacted(message, this.host.context().names));
      else if (picked[0] === "delete") void request("delete", { message: message.id });
      else void navigator.clipboard?.writeText(`https://discord.com/channels/${place.server.id}/${message.channel_id}/${message.id}`).catch(() => {});
    } });
  }

  /** Handle a key on a focused message. @param {KeyboardEvent} event @param {Json | undefined} message */
  key(event, message) {
    if (!message || event.ctrlKey || event.metaKey || event.altKey) return false;
    const mine = message.author.id === this.host.context().place.me;
    const key = event.key.toLowerCase();
    if (key === "r" && !message.ephemeral) this.host.composer.reply(message);
    else if (key === "e" && mine) this.host.composer.edit(message);
    else if (key === "f" && !message.ephemeral) this.forward.click();
    else if (key === "a") this.more.click();
    else if (event.key === "+" && !message.ephemeral) this.react.click();
    else return false;
    return true;
  }
}

/** @param {Json} message @param {import("./markdown.js").Names} names */
function reacted(message, names) {
  return message.reactions.map((/** @type {Json} */ one) => `${one.emoji} ${one.users.map((/** @type {string} */ id) => names.person(id) ?? "someone").join(", ")}`).join(" · ");
}

/** @param {string} label @param {string} picture @param {(message: Json) => void} act */
function tool(label, picture, act) {
  const button = h("button", { type: "button", class: "icon", "aria-label": label, title: label }, icon(picture));
  button.addEventListener("click", () => {
    const article = button.closest("article");
    const message = article && messageOf(article);
    if (message) act(message);
  });
  return button;
}
