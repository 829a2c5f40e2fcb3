// A form that the bot opened. It stays open with its values until the bot answers.
import { h } from "./dom.js";
import { rememberFocus } from "./focus.js";
import { formField, fresh } from "./fields.js";
import { markdown } from "./markdown.js";

/** @typedef {Record<string, any>} Json */

/**
 * @param {Json} modal
 * @param {{place: Json, names: import("./markdown.js").Names, submit: (values: Json) => Promise<void>}} how `submit` rejects with a sentence
 */
export function openModal(modal, how) {
  /** @type {[string, import("./fields.js").Field][]} */
  const fields = [];
  const trouble = h("p", { class: "trouble", role: "alert" });
  const send = h("button", { type: "submit", class: "button primary" }, "Submit");
  const title = fresh("title");
  const form = h("form", { novalidate: false }, h("h2", { id: title }, modal.title));
  for (const part of modal.components) {
    if (part.type === 10) form.append(h("div", { class: "text" }, markdown(part.content, how.names)));
    else if (part.type === 18) form.append(labelled(part.label, part.description, part.component, fields, how.place));
    else for (const inner of part.components ?? []) form.append(labelled(inner.label, null, inner, fields, how.place));
  }
  const cancel = h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Cancel");
  form.append(trouble, h("div", { class: "buttons" }, cancel, send));
  const dialog = h("dialog", { class: "modal", "aria-labelledby": title }, form);
  const restoreFocus = rememberFocus();
  dialog.addEventListener("close", () => {
    dialog.remove();
    restoreFocus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.hasAttribute("aria-busy")) return;
    trouble.textContent = "";
    send.setAttribute("aria-busy", "true"); // a disabled button would lose the focus
    try {
      /** @type {Json} */
      const values = {};
      for (const [name, field] of fields) values[name] = await field.value();
      await how.submit(values);
      dialog.close();
    } catch (error) {
      trouble.textContent = /** @type {Error} */ (error).message;
    } finally {
      send.removeAttribute("aria-busy");
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.[1].focus();
}

/**
 * @param {string} label
 * @param {string | null | undefined} description
 * @param {Json} part
 * @param {[string, import("./fields.js").Field][]} fields
 * @param {Json} place
 */
function labelled(label, description, part, fields, place) {
  const id = fresh("field");
  const field = formField(part, id, place);
  fields.push([part.custom_id, field]);
  const about = description ? h("span", { class: "detail", id: `${id}-about` }, description) : null;
  const count = field.count ?? null;
  const star = part.required === false || part.type === 23 ? null : h("span", { class: "star", "aria-hidden": true }, " *");
  if (about) field.element.setAttribute("aria-describedby", about.id);
  if (field.group) return h("fieldset", { class: "field" }, h("legend", {}, label, star), about, field.element);
  return h("div", { class: part.type === 23 ? "field check" : "field" }, h("label", { for: id }, label, star), about, field.element, count);
}
