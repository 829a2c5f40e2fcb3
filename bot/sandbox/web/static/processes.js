// The processes of a cluster in the side panel, each with a button that kills it or starts it again.
import { h, notice } from "./dom.js";

/** @typedef {Record<string, any>} Json */

const DOTS = /** @type {Record<string, string>} */ ({ running: "good", starting: "waiting", connecting: "waiting", ended: "bad" });

export class Processes {
  /** @type {HTMLElement} */ #section;
  #shards = h("p", { class: "detail" });
  #said = h("p", { class: "hidden", role: "status" });
  #list = h("ul", { class: "processes" });
  #page = h("p", { class: "detail" });
  /** @type {Map<string, string>} */ #states = new Map();

  /** @param {HTMLElement} box @param {(act: string, fields: Json) => Promise<any>} request */
  constructor(box, request) {
    this.request = request;
    this.#section = /** @type {HTMLElement} */ (box.parentElement);
    this.#section.hidden = true;
    box.append(this.#shards, this.#list, this.#page, this.#said);
  }

  /** @param {Json} news */
  update(news) {
    this.#section.hidden = false;
    document.getElementById("panel-bot")?.parentElement?.setAttribute("hidden", "");
    if (news.gateway) this.#shards.textContent = `${news.gateway.shards} shards connected · logins: ${news.gateway.identified}, resumes: ${news.gateway.resumed}`;
    if (news.page) this.#page.textContent = `This page is pid ${news.page}. Ctrl-C in its terminal ends it and everything else.`;
    const changed = (news.processes ?? []).filter((/** @type {Json} */ one) => this.#put(one));
    if (changed.length) this.#said.textContent = changed.map((/** @type {Json} */ one) => `${one.name}: ${one.state}`).join(", ");
  }

  /** Show a process. Its button stays the same element, so that it keeps the focus. Return whether its state changed. @param {Json} one */
  #put(one) {
    const row = /** @type {HTMLElement} */ (this.#list.querySelector(`[data-process="${one.name}"]`) ?? this.#add(one.name));
    const [title, detail] = /** @type {HTMLElement[]} */ ([...row.querySelectorAll("p")]);
    const button = /** @type {HTMLButtonElement} */ (row.querySelector("button"));
    title.replaceChildren(h("span", { class: `dot ${DOTS[one.state]}`, "aria-hidden": true }), h("strong", {}, one.name), ` ${one.state}${one.pid ? ` · pid ${one.pid}` : ""}`);
    detail.textContent = one.detail;
    const action = one.state === "ended" ? "Start" : "Kill";
    button.textContent = action;
    button.className = `button ${action === "Start" ? "success" : "secondary"}`;
    button.setAttribute("aria-label", `${action} ${one.name}`);
    const before = this.#states.get(one.name);
    this.#states.set(one.name, one.state);
    return Boolean(before) && before !== one.state;
  }

  /** @param {string} name */
  #add(name) {
    const button = h("button", { type: "button" });
    button.addEventListener("click", () => this.#act(button, name));
    const row = h("li", { class: "process", data: { process: name } }, h("p", {}), h("p", { class: "detail" }), button);
    this.#list.append(row);
    return row;
  }

  /** @param {HTMLButtonElement} button @param {string} name */
  async #act(button, name) {
    if (button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true"); // a disabled button would lose the focus
    try {
      await this.request("process", { name, do: this.#states.get(name) === "ended" ? "start" : "kill" });
    } catch (error) {
      notice(/** @type {Error} */ (error).message);
    }
    button.removeAttribute("aria-busy");
  }
}
