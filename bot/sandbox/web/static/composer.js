// The message box: text, replies, files, mentions and the start of commands.
import { byId, h, icon, notice, size, touch } from "./dom.js";
import { characters, counter, grow } from "./fields.js";
import { offers } from "./lists.js";
import { commandForm, flat, matching } from "./slash.js";
import { upload } from "./socket.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {{place: () => Json, here: () => Json | undefined, request: (act: string, fields: Json) => Promise<any>,
 *   runCommand: (what: string, fields: Json) => Promise<void>, up: () => void, sent: () => void}} Host */

const MOST_CHARACTERS = 2000;

export class Composer {
  /** @type {Json | null} */ #answered = null;
  /** @type {Json | null} */ #edited = null;
  /** @type {File[]} */ #files = [];
  /** @type {import("./slash.js").Command[] | null} */ #commands = null;
  /** @type {string[]} */ menu = [];

  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    this.bar = h("div", { class: "bar", hidden: true });
    this.tray = h("ul", { class: "tray", "aria-label": "Files to send", hidden: true });
    this.file = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": "Attach files" });
    this.text = h("textarea", {
      id: "text", rows: 1, "aria-label": "Message", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list",
      placeholder: "Message, or / for commands",
    });
    const add = h("button", { type: "button", class: "icon", "aria-label": "Attach a file", onclick: () => this.file.click() }, icon("plus"));
    const slash = h("button", { type: "button", class: "icon slash", "aria-label": "Commands", onclick: () => this.begin("/") }, "/");
    const send = h("button", { type: "button", class: "icon", "aria-label": "Send", onclick: () => this.send() }, icon("send"));
    this.count = counter(this.text, { most: MOST_CHARACTERS, text: () => this.#meant(this.text.value.trim()) });
    this.write = h("div", { class: "write" }, add, slash, this.text, this.count.element, send);
    byId("composer").append(this.bar, this.tray, this.file, this.write);
    this.#listen();
  }

  #listen() {
    this.file.addEventListener("change", () => {
      this.attach([...(this.file.files ?? [])]);
      this.file.value = "";
      this.text.focus();
    });
    this.text.addEventListener("input", () => {
      grow(this.text);
      this.#typing();
    });
    this.text.addEventListener("blur", () => offers.hide());
    this.text.addEventListener("paste", (event) => this.attach([...(event.clipboardData?.files ?? [])]));
    this.text.addEventListener("keydown", (event) => {
      if (offers.takes(event)) return;
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch.matches) {
        event.preventDefault();
        this.send();
      } else if (event.key === "Escape") this.rest();
      else if (event.key === "ArrowUp" && this.text.value === "") {
        event.preventDefault();
        this.host.up();
      }
    });
    const main = /** @type {HTMLElement} */ (document.querySelector("main"));
    main.addEventListener("dragover", (event) => event.preventDefault());
    main.addEventListener("drop", (event) => {
      event.preventDefault();
      this.attach([...(event.dataTransfer?.files ?? [])]);
    });
  }

  /** Clear the cached commands after a change of channel or member, or a sync. */
  stale() {
    this.#commands = null;
    this.menu = [];
  }

  async commands() {
    const here = this.host.here();
    if (!this.#commands && here) {
      const found = await this.host.request("commands", { channel: here.id });
      this.#commands = flat(found.slash);
      this.menu = found.menu;
    }
    return this.#commands ?? [];
  }

  /** @param {string} text */
  begin(text) {
    this.cancel();
    this.text.value = text;
    this.count.update();
    this.text.focus();
    this.#typing();
  }

  /** Refresh the suggestions for a command that is being typed, after the commands changed. */
  offer() {
    if (document.activeElement === this.text && this.text.value.startsWith("/")) void this.#typing();
  }

  /** Suggest commands after a slash, members after @ and channels after #. */
  async #typing() {
    const text = this.text.value;
    if (text.startsWith("/")) return this.#offerCommands(text);
    const before = text.slice(0, this.text.selectionStart);
    const at = /(?:^|\s)([@#])([\w-]*)$/.exec(before);
    if (!at) return offers.hide();
    const [, sign, typed] = at;
    const all = sign === "@" ? this.host.place().members : this.host.place().channels;
    const rows = all.filter((/** @type {Json} */ one) => one.name.toLowerCase().startsWith(typed.toLowerCase()))
      .map((/** @type {Json} */ one) => ({ value: one.id, label: sign + one.name }));
    offers.show(this.text, sign === "@" ? "Members" : "Channels", rows, (row) => {
      this.text.setRangeText(`${row.label} `, before.length - typed.length - 1, before.length, "end");
    });
  }

  /** @param {string} text */
  async #offerCommands(text) {
    const commands = await this.commands().catch(() => []);
    if (this.text.value !== text) return;
    const exact = commands.filter((one) => text.startsWith(`/${one.path} `)).sort((a, b) => b.path.length - a.path.length)[0];
    if (exact) return this.choose(exact, text.slice(exact.path.length + 2));
    const rows = matching(commands, text.slice(1)).map((one) => ({ value: one, label: `/${one.path}`, detail: one.description }));
    offers.show(this.text, "Commands", rows, (row) => this.choose(row.value, ""));
    return undefined;
  }

  /** @param {import("./slash.js").Command} command @param {string} rest */
  choose(command, rest) {
    this.cancel();
    const channel = this.host.here()?.id;
    const { form, focus } = commandForm(command, rest, {
      place: this.host.place(),
      suggest: async (option, typed, options) => (await this.host.request("suggest", { channel, command: command.path, option, typed, options })).choices,
      send: async (options) => {
        await this.host.runCommand(`/${command.path}`, { channel, command: command.path, options });
        this.cancel();
        this.text.focus();
      },
      cancel: () => {
        this.cancel();
        this.text.focus();
      },
    });
    this.text.value = "";
    this.count.update();
    this.write.hidden = true;
    byId("composer").append(form);
    focus();
  }

  /** Close the command form. */
  cancel() {
    offers.hide();
    document.getElementById("command")?.remove();
    this.write.hidden = false;
  }

  /** End a reply or an edit. */
  rest() {
    if (this.#edited) this.text.value = "";
    this.#answered = this.#edited = null;
    this.bar.hidden = true;
    this.count.update();
    grow(this.text);
  }

  /** @param {Json} message @param {boolean} [pings] */
  reply(message, pings = true) {
    this.cancel();
    this.rest();
    this.#answered = message;
    const ping = h("button", { type: "button", class: "plain", id: "ping" });
    const set = (/** @type {boolean} */ on) => {
      ping.setAttribute("aria-pressed", String(on));
      ping.textContent = on ? "@ ping on" : "@ ping off";
    };
    ping.addEventListener("click", () => set(ping.getAttribute("aria-pressed") !== "true"));
    set(pings);
    this.#tell("Replying to ", message.author.username, ping);
  }

  /** @param {Json} message */
  edit(message) {
    this.cancel();
    this.rest();
    this.#edited = message;
    this.text.value = message.content;
    this.#tell("Editing your message", "");
  }

  /** @param {string} words @param {string} name @param {...Node} extra */
  #tell(words, name, ...extra) {
    const close = h("button", { type: "button", class: "icon", "aria-label": "Stop", onclick: () => {
      this.rest();
      this.text.focus();
    } }, icon("close"));
    this.bar.replaceChildren(h("span", {}, words, h("strong", {}, name)), ...extra, close);
    this.bar.hidden = false;
    this.count.update();
    this.text.focus();
    grow(this.text);
  }

  /** @param {File[]} files */
  attach(files) {
    const limit = this.host.place().server.limit;
    for (const file of files) {
      if (file.size > limit) notice(`${file.name} is over the limit here (${size(limit)}).`);
      else this.#files.push(file);
    }
    this.#showFiles();
  }

  #showFiles() {
    this.tray.hidden = !this.#files.length;
    this.tray.replaceChildren(...this.#files.map((file, index) => h("li", {}, icon("file"), file.name, h("span", { class: "detail" }, size(file.size)),
      h("button", { type: "button", class: "icon", "aria-label": `Remove ${file.name}`, onclick: () => {
        this.#files.splice(index, 1);
        this.#showFiles();
        this.text.focus();
      } }, icon("close")))));
  }

  /** Replace names of members and channels with mentions. @param {string} text */
  #meant(text) {
    const place = this.host.place();
    const people = new Map(place.members.map((/** @type {Json} */ one) => [one.name.toLowerCase(), one.id]));
    const channels = new Map(place.channels.map((/** @type {Json} */ one) => [one.name.toLowerCase(), one.id]));
    return text.replace(/(^|\s)([@#])([\w-]+)/g, (whole, space, sign, name) => {
      const id = (sign === "@" ? people : channels).get(name.toLowerCase());
      return id ? `${space}<${sign}${id}>` : whole;
    });
  }

  /** Send the message. Empty the box at once; restore the text if sending fails. */
  async send() {
    const here = this.host.here();
    const text = this.text.value.trim();
    if (!here || (!text && !this.#files.length)) return;
    if (/^\/\w/.test(text) && !this.#files.length && !(await this.commands().catch(() => [])).length) {
      return notice(`${this.host.place().bot.name} has no commands yet: it is still starting.`);
    }
    const length = characters(this.#meant(text));
    if (length > MOST_CHARACTERS) {
      this.text.focus();
      return notice(`A message has at most ${MOST_CHARACTERS} characters; this one has ${length}.`);
    }
    const [files, edited, answered] = [this.#files, this.#edited, this.#answered];
    const ping = document.getElementById("ping")?.getAttribute("aria-pressed") === "true";
    this.text.value = "";
    this.#files = [];
    this.#showFiles();
    this.rest();
    this.text.focus();
    try {
      if (edited) await this.host.request("edit", { message: edited.id, text: this.#meant(text) });
      else {
        const tickets = await Promise.all(files.map(upload));
        await this.host.request("say", { channel: here.id, text: this.#meant(text), files: tickets, ping, message: answered?.id ?? null });
        if (this.host.here()?.id === here.id) this.host.sent();
      }
    } catch (error) {
      notice(/** @type {Error} */ (error).message);
      if (this.text.value || this.#files.length || !this.bar.hidden || this.write.hidden) return;
      if (edited) this.edit(edited);
      else if (answered) this.reply(answered, ping);
      this.text.value = text;
      this.#files = files;
      this.#showFiles();
      this.count.update();
      grow(this.text);
    }
  }
}
