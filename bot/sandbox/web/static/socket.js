// The WebSocket connection: numbered commands with results, and events. Reconnects automatically.

/** @typedef {Record<string, any>} Json */

export class Line {
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {Map<number, {done: (value: any) => void, failed: (error: Error) => void}>} */ #open = new Map();
  #number = 0;
  #tries = 0;
  /** Whether the page shows data of this connection. */
  settled = false;
  onup = () => {};

  /**
   * @param {(news: Json) => void} hear
   * @param {(up: boolean) => void} state
   * @param {() => string} who the member to be
   */
  constructor(hear, state, who) {
    this.hear = hear;
    this.state = state;
    this.who = who;
  }

  connect() {
    const socket = new WebSocket(`ws://${location.host}/socket?as=${encodeURIComponent(this.who())}`);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#tries = 0;
      this.state(true);
      this.onup();
    });
    socket.addEventListener("message", (event) => this.#heard(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      for (const one of this.#open.values()) one.failed(new Error("Lost the connection to the server."));
      this.#open.clear();
      this.state(false);
      this.#tries += 1;
      setTimeout(() => this.connect(), Math.min(5000, 250 * 2 ** this.#tries));
    });
  }

  /** @param {Json} news */
  #heard(news) {
    const open = "re" in news ? this.#open.get(news.re) : undefined;
    if (!open) {
      if ("ev" in news) this.hear(news);
      return;
    }
    this.#open.delete(news.re);
    if ("no" in news) open.failed(new Error(news.no));
    else open.done(news.ok);
  }

  /**
   * Send a command. Rejects with an error message if it fails.
   * @param {string} act
   * @param {Json} [fields]
   * @returns {Promise<any>}
   */
  request(act, fields = {}) {
    return new Promise((done, failed) => {
      if (this.#socket?.readyState !== WebSocket.OPEN) return failed(new Error("Not connected to the server."));
      this.#number += 1;
      this.#open.set(this.#number, { done, failed });
      this.#socket.send(JSON.stringify({ ...fields, id: this.#number, act }));
    });
  }
}

/** Upload a file; return its ticket. @param {File} file */
export async function upload(file) {
  const about = new URLSearchParams({ name: file.name, type: file.type });
  const response = await fetch(`/uploads?${about}`, { method: "POST", body: file });
  if (!response.ok) throw new Error(`${file.name} could not be sent.`);
  return /** @type {string} */ ((await response.json()).ticket);
}
