// Inputs for every kind of option and form field. Each returns its value or rejects if it is invalid.
import { h } from "./dom.js";
import { choices } from "./components.js";
import { offers } from "./lists.js";
import { upload } from "./socket.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {{element: HTMLElement, focus: () => void, value: () => Promise<any>, count?: HTMLElement, counted?: () => void}} Field
 *   `count` shows the characters typed; `counted` refreshes it */

const MOST_OPTION = 6000; // characters of an option without a limit of its own
const MOST_FIELD = 4000; // of a form's field

let number = 0;

/** @param {string} kind */
export function fresh(kind) {
  number += 1;
  return `${kind}-${number}`;
}

/** Count characters as Discord does: by code point. @param {string} text */
export function characters(text) {
  return [...text].length;
}

/**
 * Show how many characters are typed, of how many. The line is empty while the field is.
 * @param {HTMLInputElement | HTMLTextAreaElement} input
 * @param {{most: number, text?: () => string}} how `text` returns what will be sent
 */
export function counter(input, how) {
  const element = h("span", { class: "count", id: fresh("count") });
  const update = () => {
    const length = characters((how.text ?? (() => input.value))());
    const over = length > how.most;
    element.textContent = length ? `${length} / ${how.most}` : "";
    element.classList.toggle("over", over);
    if (over) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    input.setCustomValidity(over ? `At most ${how.most} characters; this has ${length}.` : "");
  };
  input.addEventListener("input", update);
  update();
  return { element, update };
}

/** @param {HTMLTextAreaElement} area */
export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, 240)}px`;
}

/**
 * A field for an option of a command. Its value is undefined while the field is empty.
 * @param {Json} option
 * @param {Json} place
 * @param {(typed: string) => Promise<Json[]>} suggest
 * @returns {Field}
 */
export function optionField(option, place, suggest) {
  const about = { id: fresh("option"), "aria-describedby": null, name: option.name, data: { option: option.name } };
  if (option.choices?.length) return chooser(about, option.choices.map((/** @type {Json} */ one) => [one.value, one.name]));
  switch (option.type) {
    case 4: case 10:
      return typed(h("input", { ...about, type: "number", min: option.min_value, max: option.max_value, step: option.type === 4 ? 1 : "any", autocomplete: "off" }));
    case 5: return chooser(about, [[true, "True"], [false, "False"]]);
    case 6: case 7: case 8: case 9: {
      const kind = { 6: 5, 7: 8, 8: 6, 9: 7 }[/** @type {6|7|8|9} */ (option.type)];
      return chooser(about, choices({ type: kind }, place).map((row) => [row.value, row.label]));
    }
    case 11: return picked(h("input", { ...about, type: "file", accept: accepted(option) }));
    default:
      if (option.autocomplete) return suggested(about, option, suggest);
      if ((option.max_length ?? MOST_OPTION) <= 120) return typed(h("input", { ...about, type: "text", autocomplete: "off" }), option.max_length);
      return typed(area({ ...about, rows: 1 }), option.max_length ?? MOST_OPTION);
  }
}

/** @param {Json} option */
function accepted(option) {
  return option.file_types?.map((/** @type {string} */ one) => (one.includes("/") || one.startsWith(".") ? one : `.${one}`)).join(",");
}

/** @param {Json} props */
function area(props) {
  const box = h("textarea", props);
  box.addEventListener("input", () => grow(box));
  return box;
}

/** @param {HTMLInputElement | HTMLTextAreaElement} input @param {number} [most] characters @returns {Field} */
function typed(input, most) {
  const count = most === undefined ? undefined : counter(input, { most });
  return { count: count?.element, counted: count?.update, element: input, focus: () => input.focus(), value: async () => (input.value === "" ? undefined : input.value) };
}

/** @param {HTMLInputElement} input @returns {Field} */
function picked(input) {
  return { element: input, focus: () => input.focus(), value: async () => (input.files?.[0] ? upload(input.files[0]) : undefined) };
}

/** @param {Json} about @param {[any, string][]} rows @returns {Field} */
function chooser(about, rows) {
  const box = h("select", about, h("option", { value: "" }, "–"), rows.map(([, label], index) => h("option", { value: String(index) }, label)));
  return { element: box, focus: () => box.focus(), value: async () => (box.value === "" ? undefined : rows[Number(box.value)][0]) };
}

/** @param {Json} about @param {Json} option @param {(typed: string) => Promise<Json[]>} suggest @returns {Field} */
function suggested(about, option, suggest) {
  const input = h("input", { ...about, type: "text", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off" });
  /** @type {{label: string, value: any} | null} */
  let chosen = null;
  let latest = 0;
  const ask = async () => {
    latest += 1;
    const mine = latest;
    offers.hide(); // the earlier suggestions no longer match
    input.setAttribute("aria-busy", "true");
    try {
      const found = await suggest(input.value);
      if (mine !== latest || document.activeElement !== input) return;
      offers.show(input, option.description || option.name, found.map((one) => ({ value: one.value, label: one.name })), (row) => {
        chosen = { label: row.label, value: row.value };
        input.value = row.label;
        count.update();
      });
    } catch (error) {
      if (mine === latest) offers.hide();
    }
    if (mine === latest) input.removeAttribute("aria-busy");
  };
  input.addEventListener("input", ask);
  input.addEventListener("focus", ask);
  input.addEventListener("blur", () => offers.hide());
  input.addEventListener("keydown", (event) => {
    if (!offers.takes(event) && event.key === "Enter" && input.hasAttribute("aria-busy")) event.preventDefault();
  });
  const count = counter(input, { most: option.max_length ?? MOST_OPTION });
  return {
    element: input,
    count: option.max_length ? count.element : undefined,
    counted: count.update,
    focus: () => input.focus(),
    value: async () => (input.value === "" ? undefined : chosen?.label === input.value ? chosen.value : input.value),
  };
}

/**
 * A field of a form: text, select, radio, checkboxes, files. Its value is sent with the form.
 * @param {Json} part
 * @param {string} id for its label
 * @param {Json} place
 * @returns {Field & {group: boolean}}
 */
export function formField(part, id, place) {
  const least = part.min_values ?? (part.required === false ? 0 : 1);
  const common = { id, required: part.required !== false, data: { customId: part.custom_id } };
  switch (part.type) {
    case 4: {
      const props = { ...common, minlength: part.min_length, placeholder: part.placeholder, value: part.value ?? "" };
      const input = part.style === 2 ? area({ ...props, rows: 3 }) : h("input", { ...props, type: "text", autocomplete: "off" });
      return { ...typed(input, part.max_length ?? MOST_FIELD), value: async () => input.value, group: false };
    }
    case 19: {
      const input = h("input", { ...common, type: "file", multiple: (part.max_values ?? 1) > 1, accept: accepted(part) });
      return { element: input, focus: () => input.focus(), value: () => Promise.all([...(input.files ?? [])].map(upload)), group: false };
    }
    case 23: {
      const input = h("input", { ...common, required: false, type: "checkbox", checked: part.default });
      return { element: input, focus: () => input.focus(), value: async () => input.checked, group: false };
    }
    case 21: return ticks(part, id, place, "radio", async (values) => values[0] ?? null);
    case 22: return ticks(part, id, place, "checkbox", async (values) => values);
    default: {
      if ((part.max_values ?? 1) > 1) return ticks(part, id, place, "checkbox", async (values) => values);
      const rows = choices(part, place);
      const box = h("select", { ...common, required: least > 0 },
        h("option", { value: "" }, part.placeholder || "Choose"),
        rows.map((row) => h("option", { value: row.value, selected: row.chosen }, row.detail ? `${row.label} · ${row.detail}` : row.label)));
      return { element: box, focus: () => box.focus(), value: async () => (box.value ? [box.value] : []), group: false };
    }
  }
}

/**
 * @param {Json} part
 * @param {string} id
 * @param {Json} place
 * @param {"radio" | "checkbox"} type
 * @param {(values: string[]) => Promise<any>} value
 */
function ticks(part, id, place, type, value) {
  const rows = choices(part, place);
  const inputs = rows.map((row) => h("input", {
    type, name: id, value: row.value, checked: row.chosen, required: type === "radio" && part.required !== false, data: { customId: part.custom_id },
  }));
  const box = h("div", { class: "ticks" }, rows.map((row, index) => h("label", {}, inputs[index], h("span", {}, row.label, row.detail ? h("span", { class: "detail" }, row.detail) : null))));
  const chosen = () => rows.filter((_, index) => inputs[index].checked).map((row) => row.value);
  return { element: box, focus: () => inputs[0]?.focus(), value: () => value(chosen()), group: true };
}
