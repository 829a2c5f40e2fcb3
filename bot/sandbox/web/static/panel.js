// The side panel: the bot or the processes of a cluster, fault switches, jobs, charges of the providers, and requests.
import { byId, h, notice } from "./dom.js";
import { Processes } from "./processes.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {(act: string, fields: Json) => Promise<any>} Request */

const ACTS = { drop: "Close the bot's socket", kill: "kill -9 the bot", start: "Start the bot", restart: "kill -9 and restart" };

export class Panel {
  #box = byId("panel");
  #button = byId("open-panel");
  /** @type {Record<string, HTMLElement>} */ #parts = {};

  /** @param {Request} request */
  constructor(request) {
    this.request = request;
    this.#button.addEventListener("click", () => this.show(Boolean(this.#box.hidden)));
    this.#box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.show(false);
      this.#button.focus();
    });
    const part = (/** @type {string} */ name, /** @type {string} */ title) => {
      this.#parts[name] = h("div", { id: `panel-${name}` });
      return h("section", { "aria-label": title }, h("h2", {}, title), this.#parts[name]);
    };
    this.#box.append(part("bot", "The bot"), part("processes", "Processes"), part("trouble", "Faults"), part("jobs", "Jobs"), part("providers", "Charges"), part("wire", "Requests"));
    this.processes = new Processes(this.#parts.processes, request);
    this.#parts.trouble.append(h("div", { id: "switches" }), h("div", { class: "buttons" }, Object.entries(ACTS).map(([name, label]) => {
      const button = h("button", { type: "button", class: `button ${name === "start" ? "success" : "secondary"}`, data: { act: name }, hidden: name !== "drop" }, label);
      button.addEventListener("click", () => this.#act(button, name));
      return button;
    })));
  }

  /** @param {boolean} on */
  show(on) {
    this.#box.hidden = !on;
    this.#button.setAttribute("aria-expanded", String(on));
    document.body.classList.toggle("with-panel", on);
    localStorage.setItem("retake-panel", on ? "open" : "closed");
    this.watch();
  }

  get open() {
    return !this.#box.hidden;
  }

  /** Subscribe to updates while the panel is open, also after a reconnect. */
  watch() {
    this.request("watch", { on: this.open }).then((found) => this.#switches(found.switches)).catch(() => {});
  }

  /** @param {HTMLButtonElement} button @param {string} name */
  async #act(button, name) {
    if (button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true"); // a disabled button would lose the focus
    try {
      await this.request("do", { name });
    } catch (error) {
      notice(/** @type {Error} */ (error).message);
    }
    button.removeAttribute("aria-busy");
  }

  /** @param {Json[]} switches */
  #switches(switches) {
    byId("switches").replaceChildren(...switches.map((one) => {
      const box = h("input", { type: "checkbox", role: "switch", checked: one.on, data: { switch: one.name } });
      box.addEventListener("change", () => {
        this.request("turn", { name: one.name, on: box.checked }).catch((error) => notice(error.message));
      });
      return h("label", { class: "switch" }, box, h("span", {}, one.label));
    }));
  }

  /** @param {Json} news */
  update(news) {
    if (news.bot) {
      this.#parts.bot.replaceChildren(bot(news.bot));
      const focused = /** @type {HTMLElement | null} */ (document.activeElement);
      for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.#box.querySelectorAll("[data-act]"))) {
        button.hidden = (button.dataset.act === "start") === news.bot.running;
      }
      if (focused?.dataset.act && focused.hidden) /** @type {HTMLElement | null} */ (this.#box.querySelector("[data-act]:not([hidden])"))?.focus();
    }
    if (news.processes || news.gateway) this.processes.update(news);
    if (news.jobs) this.#parts.jobs.replaceChildren(...(news.jobs.length ? news.jobs.map(job) : [h("p", { class: "detail" }, "None yet.")]));
    if (news.providers) this.#parts.providers.replaceChildren(...news.providers.map(provider));
    if (news.wire) this.#parts.wire.replaceChildren(wire(news.wire));
  }
}

/** @param {Json} bot */
function bot(bot) {
  const state = bot.running ? (bot.gateway.connected ? "connected to the gateway" : "running, not connected to the gateway") : "not running";
  return h("p", {}, h("span", { class: `dot ${bot.running && bot.gateway.connected ? "good" : "bad"}`, "aria-hidden": true }), `${state}${bot.pid ? ` · pid ${bot.pid}` : ""}`,
    h("span", { class: "detail" }, ` · logins: ${bot.gateway.identified}, resumes: ${bot.gateway.resumed}`));
}

/** @param {number} seconds */
function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("en", { hour12: false });
}

/** @param {Json} job */
function job(job) {
  const first = job.steps[0]?.at ?? job.created_at;
  return h("div", { class: "card", data: { job: job.code } },
    h("p", {}, h("strong", {}, job.code), ` ${job.kind} · ${job.outcome ?? job.state}`, job.price_micros ? ` · ≈ $${(job.price_micros / 1e6).toFixed(2)}` : "", job.trouble ? ` · ${job.trouble}` : ""),
    h("p", { class: "detail" }, job.prompt),
    h("ol", { class: "steps" }, job.steps.map((/** @type {Json} */ step, /** @type {number} */ index) =>
      h("li", { class: index === job.steps.length - 1 ? "now" : "" }, step.to, step.why ? h("span", { class: "detail" }, ` ${step.why}`) : "", h("span", { class: "detail" }, ` +${(step.at - first).toFixed(1)} s`)))));
}

/** @param {Json} one */
function provider(one) {
  return h("div", {},
    h("p", {}, h("strong", {}, one.name), ` · ${one.charges} ${one.charges === 1 ? "charge" : "charges"}, $${one.charged.toFixed(2)} · $${one.balance.toFixed(2)} left`),
    one.complaints.map((/** @type {string} */ words) => h("p", { class: "trouble" }, words)),
    one.tasks.map((/** @type {Json} */ task) => h("div", { class: "card", data: { task: task.id } },
      h("p", {}, task.id, ` · ${task.kind} · ${task.state}`, task.state === "running" ? ` ${task.progress} %` : "", ` · $${task.usd.toFixed(2)} · polled ${task.polls}×`),
      h("p", { class: "detail" }, task.prompt))));
}

/** @param {Json[]} seen */
function wire(seen) {
  return h("ol", { class: "wire" }, seen.map((one) => {
    const bad = one.status === null || one.status >= 400;
    return h("li", {}, h("span", { class: "detail" }, clock(one.at)), " ", h("span", { class: bad ? "status bad" : "status" }, one.status ?? "cut"), ` ${one.who} ${one.method} `, h("span", { class: "path" }, one.path));
  }));
}
