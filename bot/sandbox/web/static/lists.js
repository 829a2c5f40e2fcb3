// Lists with keyboard control: menus and selects under a button, suggestions above the message box.
import { byId, h } from "./dom.js";

/** @typedef {{value: any, label: string, detail?: string, mark?: string}} Row */

let number = 0;

/**
 * Open a menu at a button. Enter or Space selects, Escape closes; the focus returns to the button.
 * @param {HTMLElement} anchor
 * @param {{label: string, rows: Row[], chosen?: any[], most?: number, least?: number, done: (values: any[]) => void}} how
 */
export function openList(anchor, how) {
  closeList();
  const most = how.most ?? 1;
  const multiple = most > 1;
  const chosen = new Set(how.chosen ?? []);
  number += 1;
  const name = `list-${number}`;
  const box = h("div", { id: name, role: "listbox", tabindex: "0", "aria-label": how.label, "aria-multiselectable": multiple });
  const rows = how.rows.map((row, index) => rowOf(row, `${name}-${index}`, chosen.has(row.value)));
  box.append(...rows);
  let at = Math.max(0, how.rows.findIndex((row) => chosen.has(row.value)));

  const point = (/** @type {number} */ to) => {
    rows[at]?.classList.remove("at");
    at = (to + rows.length) % rows.length;
    rows[at].classList.add("at");
    box.setAttribute("aria-activedescendant", rows[at].id);
    rows[at].scrollIntoView({ block: "nearest" });
  };
  const finish = () => {
    closeList();
    how.done(how.rows.map((row) => row.value).filter((value) => chosen.has(value)));
  };
  const pick = (/** @type {number} */ index) => {
    const value = how.rows[index].value;
    if (!multiple) {
      chosen.clear();
      chosen.add(value);
      return finish();
    }
    if (chosen.has(value)) chosen.delete(value);
    else if (chosen.size < most) chosen.add(value);
    rows[index].setAttribute("aria-selected", String(chosen.has(value)));
  };
  box.addEventListener("keydown", (event) => {
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 });
    if (event.key in steps) point(steps[event.key]);
    else if (event.key === " " || (event.key === "Enter" && !multiple)) pick(at);
    else if (event.key === "Enter") finish();
    else if (event.key === "Escape" || event.key === "Tab") closeList(true);
    else if (event.key.length === 1) {
      const found = how.rows.findIndex((row) => row.label.toLowerCase().startsWith(event.key.toLowerCase()));
      if (found >= 0) point(found);
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  box.addEventListener("click", (event) => {
    const index = rows.findIndex((row) => row.contains(/** @type {Node} */ (event.target)));
    if (index >= 0) pick(index);
  });
  const popup = h("div", { class: "popup", id: "popup" }, box);
  if (multiple) {
    const least = how.least ?? 1;
    popup.append(h("button", { type: "button", class: "button primary", onclick: () => chosen.size >= least && finish() }, "Choose"));
  }
  /** @type {any} */ (popup).back = anchor;
  (anchor.closest("dialog") ?? document.body).append(popup);
  beside(popup, anchor);
  anchor.setAttribute("aria-expanded", "true");
  if (rows.length) point(at);
  box.focus();
}

/** @param {HTMLElement} popup @param {HTMLElement} anchor */
function beside(popup, anchor) {
  const place = anchor.getBoundingClientRect();
  const { width, height } = popup.getBoundingClientRect();
  const below = innerHeight - place.bottom;
  const top = below > height + 8 || below > place.top ? place.bottom + 4 : place.top - height - 4;
  popup.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  popup.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 8))}px`;
}

/** @param {boolean} [refocus] */
export function closeList(refocus = true) {
  const popup = /** @type {any} */ (document.getElementById("popup"));
  if (!popup) return;
  popup.remove();
  popup.back.setAttribute("aria-expanded", "false");
  if (refocus && popup.back.isConnected) popup.back.focus();
}

document.addEventListener("pointerdown", (event) => {
  const popup = /** @type {any} */ (document.getElementById("popup"));
  const target = /** @type {Node} */ (event.target);
  if (popup && !popup.contains(target) && !popup.back.contains(target)) closeList(false);
});

/** @param {Row} row @param {string} id @param {boolean} selected */
function rowOf(row, id, selected) {
  return h("div", { id, role: "option", class: "row", "aria-selected": selected },
    row.mark ? h("span", { class: "mark", "aria-hidden": true }, row.mark) : null,
    h("span", { class: "label" }, row.label),
    row.detail ? h("span", { class: "detail" }, row.detail) : null);
}

/** The suggestions above the message box: one list, shared by all fields. */
class Offers {
  /** @type {Row[]} */ #rows = [];
  /** @type {HTMLElement[]} */ #shown = [];
  /** @type {HTMLElement | null} */ #field = null;
  /** @type {(row: Row) => void} */ #pick = () => {};
  #at = 0;

  /** @param {HTMLElement} field @param {string} label @param {Row[]} rows @param {(row: Row) => void} pick */
  show(field, label, rows, pick) {
    if (!rows.length) return this.hide();
    const box = byId("offers");
    this.#rows = rows;
    this.#field = field;
    this.#pick = pick;
    this.#shown = rows.map((row, index) => {
      const shown = rowOf(row, `offer-${index}`, false);
      shown.addEventListener("click", () => this.#chosen(index));
      return shown;
    });
    box.onmousedown = (event) => event.preventDefault(); // keep the focus in the field; touch scrolling still works
    box.replaceChildren(h("p", { class: "title", "aria-hidden": true }, label),
      h("div", { role: "listbox", id: "offered", "aria-label": label }, this.#shown));
    box.hidden = false;
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", "offered");
    this.#point(0);
  }

  /** @param {number} to */
  #point(to) {
    this.#shown[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = (to + this.#shown.length) % this.#shown.length;
    const row = this.#shown[this.#at];
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
    this.#field?.setAttribute("aria-activedescendant", row.id);
  }

  /** @param {number} index */
  #chosen(index) {
    const row = this.#rows[index];
    const pick = this.#pick;
    this.hide();
    pick(row);
  }

  hide() {
    byId("offers").hidden = true;
    byId("offers").replaceChildren();
    this.#field?.setAttribute("aria-expanded", "false");
    this.#field?.removeAttribute("aria-activedescendant");
    this.#field?.removeAttribute("aria-controls");
    this.#field = null;
    this.#shown = [];
    this.#at = 0;
  }

  /** Handle a key; return whether it was for the list. @param {KeyboardEvent} event */
  takes(event) {
    if (!this.#field || event.isComposing) return false;
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: this.#at + 1, ArrowUp: this.#at - 1 });
    if (event.key in steps) this.#point(steps[event.key]);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) this.#chosen(this.#at);
    else if (event.key === "Escape") this.hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}

export const offers = new Offers();
