// The command picker and the form of the selected command.
import { h, icon, touch } from "./dom.js";
import { fresh, optionField } from "./fields.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {{path: string, description: string, options: Json[]}} Command */

/**
 * Return the commands to choose from; every subcommand is its own entry.
 * @param {Json[]} commands
 * @returns {Command[]}
 */
export function flat(commands) {
  return commands.flatMap((command) => leaves(command, command.name));
}

/** @param {Json} node @param {string} path @returns {Command[]} */
function leaves(node, path) {
  const inner = (node.options ?? []).filter((/** @type {Json} */ option) => option.type === 1 || option.type === 2);
  if (!inner.length) return [{ path, description: node.description, options: node.options ?? [] }];
  return inner.flatMap((/** @type {Json} */ option) => leaves(option, `${path} ${option.name}`));
}

/** Return the commands that match the text after the slash. @param {Command[]} commands @param {string} typed */
export function matching(commands, typed) {
  const words = typed.toLowerCase();
  const first = commands.filter((one) => one.path.startsWith(words));
  const rest = commands.filter((one) => !one.path.startsWith(words) && one.path.includes(words));
  return [...first, ...rest].slice(0, 25);
}

/**
 * The form of a selected command; `rest` is the text after its name.
 * @param {Command} command
 * @param {string} rest
 * @param {{place: Json, suggest: (option: string, typed: string, options: Json) => Promise<Json[]>,
 *          send: (options: Json) => Promise<void>, cancel: () => void}} how
 */
export function commandForm(command, rest, how) {
  /** @type {Map<string, import("./fields.js").Field>} */
  const fields = new Map();
  const row = h("div", { class: "options" });
  const more = h("div", { class: "more" });
  const trouble = h("p", { class: "trouble", role: "alert" });

  const values = async (/** @type {string} */ except = "") => {
    /** @type {Json} */
    const found = {};
    for (const [name, field] of fields) {
      if (name === except || (except && command.options.find((one) => one.name === name)?.type === 11)) continue;
      const value = await field.value();
      if (value !== undefined) found[name] = value;
    }
    return found;
  };
  const add = (/** @type {Json} */ option) => {
    const field = optionField(option, how.place, async (typed) => how.suggest(option.name, typed, await values(option.name)));
    const about = fresh("about");
    field.element.setAttribute("aria-describedby", about);
    fields.set(option.name, field);
    const box = h("div", { class: "option" },
      h("label", { for: field.element.id }, option.name, option.required ? h("span", { class: "star", "aria-hidden": true }, " *") : null),
      field.element,
      h("span", { class: "detail", id: about }, describe(option), field.count ? [" ", field.count] : null));
    if (!option.required) {
      const drop = h("button", { type: "button", class: "icon", "aria-label": `Remove ${option.name}` }, icon("close"));
      drop.addEventListener("click", () => {
        fields.delete(option.name);
        box.remove();
        offer(option).focus();
      });
      box.append(drop);
    }
    row.append(box);
    return field;
  };
  const offer = (/** @type {Json} */ option) => {
    const button = h("button", { type: "button", class: "chip", title: option.description }, `+ ${option.name}`);
    button.addEventListener("click", () => {
      button.remove();
      add(option).focus();
    });
    more.append(button);
    return button;
  };
  for (const option of command.options) (option.required ? add : offer)(option);

  const send = h("button", { type: "submit", class: "button primary" }, "Send");
  const form = h("form", { id: "command", "aria-label": `/${command.path}`, novalidate: true },
    h("div", { class: "title" }, h("strong", {}, `/${command.path}`), h("span", { class: "detail" }, command.description),
      h("button", { type: "button", class: "icon", "aria-label": "Cancel the command", onclick: how.cancel }, icon("close"))),
    row, more, trouble, h("div", { class: "buttons" }, send));
  form.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented) return;
    if (event.key === "Escape") {
      event.preventDefault();
      how.cancel();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && target.matches(touch.matches ? "input, select" : "input, textarea, select")) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.hasAttribute("aria-busy")) return;
    send.setAttribute("aria-busy", "true"); // a disabled button would lose the focus
    trouble.textContent = "";
    try {
      const given = await values();
      const missing = command.options.find((option) => option.required && given[option.name] === undefined);
      if (missing) {
        fields.get(missing.name)?.focus();
        throw new Error(`The option ${missing.name} is required.`);
      }
      await how.send(given);
    } catch (error) {
      trouble.textContent = /** @type {Error} */ (error).message;
    } finally {
      send.removeAttribute("aria-busy");
    }
  });
  const focus = () => {
    const first = command.options.find((option) => option.required);
    if (first) {
      const field = fields.get(first.name);
      if (rest && field && "value" in field.element) {
        /** @type {any} */ (field.element).value = rest;
        field.counted?.();
      }
      field?.focus();
    } else send.focus();
  };
  return { form, focus };
}

/** Describe an option in one line. @param {Json} option */
function describe(option) {
  const limits = [];
  if (option.min_length && option.max_length) limits.push(`${option.min_length} to ${option.max_length} characters`);
  if (option.min_value !== undefined && option.max_value !== undefined) limits.push(`${option.min_value} to ${option.max_value}`);
  return [option.description, ...limits].filter(Boolean).join(" · ");
}
