// The messages of a channel, newest at the bottom. Older ones load while scrolling up.
import { byId, h } from "./dom.js";
import { rememberFocus } from "./focus.js";
import { article, grouped, messageOf, renew } from "./message.js";

/** @typedef {Record<string, any>} Json */

export class Log {
  #box = byId("log");
  #newest = byId("newest");
  #more = false;
  #loading = false;
  #stuck = true;
  #top = 0;
  #moved = -Infinity; // when the member last moved the log: content that shrinks scrolls it as well
  #sizes = new ResizeObserver(() => this.#stuck && this.toNewest());
  channel = "";

  /**
   * @param {() => import("./message.js").Context} context
   * @param {(channel: string, before: string | null) => Promise<Json>} fetchPage
   */
  constructor(context, fetchPage) {
    this.context = context;
    this.fetchPage = fetchPage;
    this.#box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown", "pointermove"])
      this.#box.addEventListener(kind, () => (this.#moved = performance.now()), { passive: true });
    this.#newest.addEventListener("click", () => this.toNewest());
    this.#sizes.observe(this.#box);
  }

  /** @param {string} channel */
  async open(channel) {
    this.channel = channel;
    const page = await this.fetchPage(channel, null);
    if (this.channel !== channel) return;
    const made = page.messages.map((/** @type {Json} */ one) => article(one, this.context()));
    this.#sizes.disconnect();
    for (const one of [this.#box, ...made]) this.#sizes.observe(one);
    const restoreFocus = rememberFocus();
    this.#box.replaceChildren(...made);
    restoreFocus();
    made.forEach(grouped);
    this.#more = page.more;
    this.#empty();
    this.toNewest();
  }

  #empty() {
    const hint = document.getElementById("empty");
    const nothing = !this.#box.querySelector("article, .pending");
    if (!nothing) hint?.remove();
    else if (!hint) {
      this.#box.append(h("div", { id: "empty" }, h("h3", {}, "Nothing here yet"), h("p", {}, "Type ", h("kbd", {}, "/"), " and choose ", h("strong", {}, "generate"), " to ask for a video. When it is there, reply to it in plain words to remix it.")));
    }
  }

  toNewest() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#stuck = true;
    this.#newest.hidden = true;
  }

  /** Stay scrolled to the end while content grows, until the member scrolls up. */
  #scrolled() {
    const box = this.#box;
    if (box.scrollHeight - box.scrollTop - box.clientHeight < 60) this.#stuck = true;
    else if (box.scrollTop < this.#top && performance.now() - this.#moved < 1000) this.#stuck = false;
    this.#top = box.scrollTop;
    if (this.#stuck) this.#newest.hidden = true;
    if (box.scrollTop < 900 && this.#more && !this.#loading) void this.older();
  }

  /** Fetch the page before the oldest message. */
  async older() {
    const first = this.#box.querySelector("article");
    const oldest = first && messageOf(first);
    if (!first || !oldest || this.#loading) return;
    this.#loading = true;
    try {
      const { channel } = this;
      const page = await this.fetchPage(channel, oldest.id);
      if (this.channel !== channel) return;
      const below = this.#box.scrollHeight - this.#box.scrollTop;
      const made = page.messages.map((/** @type {Json} */ one) => article(one, this.context()));
      first.before(...made);
      [...made, first].forEach(grouped);
      this.#box.scrollTop = this.#box.scrollHeight - below;
      this.#more = page.more;
    } finally {
      this.#loading = false;
    }
  }

  /** Add or update a message. @param {Json} message */
  put(message) {
    if (message.channel_id !== this.channel) return;
    const old = document.getElementById(`m${message.id}`);
    if (old) {
      renew(old, message, this.context());
      grouped(old);
    } else {
      const made = article(message, this.context());
      const pending = this.#box.querySelector(".pending");
      if (pending) pending.before(made);
      else this.#box.append(made);
      this.#sizes.observe(made);
      grouped(made);
      this.#empty();
      if (!this.#stuck) this.#newest.hidden = false;
    }
    if (this.#stuck) this.toNewest();
  }

  /** @param {string} id */
  drop(id) {
    const box = document.getElementById(`m${id}`);
    if (!box) return;
    const next = box.nextElementSibling;
    const focused = box.contains(document.activeElement);
    box.remove();
    if (next instanceof HTMLElement && next.tagName === "ARTICLE") grouped(next);
    for (const line of this.#box.querySelectorAll("article .answers")) {
      const about = line.parentElement && messageOf(line.parentElement);
      if (about?.answers?.id === id && line.parentElement) renew(line.parentElement, { ...about, answers: { id, text: null } }, this.context());
    }
    if (focused) this.#box.focus();
    this.#empty();
  }

  /** Show a command that waits for its answer; return the functions that end it. @param {string} text */
  pending(text) {
    const words = h("span", {}, text, h("span", { class: "dots", "aria-hidden": true }));
    const line = h("div", { class: "pending" }, words);
    this.#box.append(line);
    this.#empty();
    this.toNewest();
    return {
      done: () => {
        line.remove();
        this.#empty();
      },
      failed: (/** @type {string} */ why) => {
        line.classList.add("failed");
        line.replaceChildren(h("span", {}, why), h("button", { type: "button", class: "plain", onclick: () => line.remove() }, "Dismiss"));
      },
    };
  }

  /** Scroll to the answer of a command or form; to the end if it is the newest message. @param {string} id */
  answer(id) {
    const box = document.getElementById(`m${id}`);
    if (!box) return;
    if (box.matches("article:last-of-type")) this.toNewest();
    else {
      this.#stuck = false;
      box.scrollIntoView({ block: "nearest" });
    }
  }

  /** Scroll to any message of this channel. @param {string} id */
  async reveal(id) {
    for (let tries = 0; tries < 30 && !document.getElementById(`m${id}`) && this.#more; tries += 1) await this.older();
    const box = document.getElementById(`m${id}`);
    if (!box) return false;
    this.#stuck = false;
    box.scrollIntoView({ block: "center" });
    box.classList.add("found");
    setTimeout(() => box.classList.remove("found"), 2000);
    box.focus({ preventScroll: true });
    return true;
  }

  /** Move between messages with the keyboard. @param {1 | -1} step */
  walk(step) {
    const all = [...this.#box.querySelectorAll("article")];
    const at = all.findIndex((one) => one.contains(document.activeElement));
    const next = all[at < 0 ? all.length - 1 : Math.max(0, Math.min(all.length - 1, at + step))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }
}
