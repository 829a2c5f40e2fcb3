// Buttons, selects and Components V2 of a message.
import { h, size } from "./dom.js";
import { openList } from "./lists.js";
import { markdown } from "./markdown.js";

/** @typedef {Record<string, any>} Json */
/** @typedef {import("./message.js").Context} Context */

const STYLES = ["", "primary", "secondary", "success", "danger", "secondary", "primary"];

/**
 * @param {Json[]} parts
 * @param {Json} message
 * @param {Context} context
 * @returns {HTMLElement[]}
 */
export function components(parts, message, context) {
  return parts.map((part) => component(part, message, context));
}

/** @param {Json} part @param {Json} message @param {Context} context @returns {HTMLElement} */
function component(part, message, context) {
  const inner = () => components(part.components ?? [], message, context);
  switch (part.type) {
    case 1: return h("div", { class: "buttons" }, inner());
    case 2: return button(part, message, context);
    case 3: case 5: case 6: case 7: case 8: return select(part, message, context);
    case 9: return h("div", { class: "section" }, h("div", {}, inner()), component(part.accessory, message, context));
    case 10: return h("div", { class: "text" }, markdown(part.content, context.names));
    case 11: return veiled(part, media(part.media, part.description, "thumbnail"));
    case 12: return h("div", { class: "gallery" }, (part.items ?? []).map((/** @type {Json} */ item) => veiled(item, media(item.media, item.description, ""))));
    case 13: return veiled(part, media(part.file, null, ""));
    case 14: return h("hr", { class: part.divider === false ? "plain" : "" });
    case 17: return container(part, inner());
    default: return h("p", { class: "small" }, `(a part of kind ${part.type} that this page does not know)`);
  }
}

/** @param {Json} part @param {HTMLElement[]} inner */
function container(part, inner) {
  const box = h("div", { class: "container" }, inner);
  if (part.accent_color !== null && part.accent_color !== undefined) box.style.borderLeftColor = colour(part.accent_color);
  return veiled(part, box);
}

/** @param {Json} part @param {HTMLElement} shown */
function veiled(part, shown) {
  if (!part.spoiler) return shown;
  const veil = h("button", { type: "button", class: "button secondary" }, "Spoiler: show");
  veil.addEventListener("click", () => veil.replaceWith(shown));
  return veil;
}

/** @param {number} number */
export function colour(number) {
  return `#${number.toString(16).padStart(6, "0")}`;
}

/**
 * Show a file: a video or sound player, a picture, or a link to save it.
 * @param {Json} file
 * @param {string | null | undefined} words its alt text
 * @param {string} kind
 * @returns {HTMLElement}
 */
export function media(file, words, kind) {
  const type = file.content_type ?? "";
  const name = file.filename ?? "file";
  const about = words || name;
  const key = { file: file.attachment_id ?? file.id ?? file.url };
  if (!file.url?.startsWith("/files/")) {
    return h("a", { class: "file", href: /^https?:/.test(file.url ?? "") ? file.url : "#", target: "_blank", rel: "noopener noreferrer" }, about);
  }
  if (/^video\/(mp4|webm)$/.test(type)) {
    const video = h("video", { src: file.url, controls: true, playsinline: true, preload: "metadata", "aria-label": about, data: key });
    const frame = h("figure", { class: "media" }, video);
    video.addEventListener("loadedmetadata", () => {
      const shape = video.videoWidth / video.videoHeight || 16 / 9;
      video.style.aspectRatio = String(shape);
      frame.style.width = `min(30rem, 100%, ${(24 * shape).toFixed(2)}rem)`; // so that a tall clip has no black bars
    });
    return frame;
  }
  if (/^image\/(png|jpeg|gif|webp)$/.test(type)) {
    const picture = h("img", { src: file.url, alt: about, loading: "lazy", width: file.width, height: file.height, data: key });
    return h("figure", { class: `media ${kind}` }, picture);
  }
  if (type.startsWith("audio/")) {
    return h("audio", { src: file.url, controls: true, preload: "metadata", "aria-label": about, data: key });
  }
  return h("a", { class: "file", href: file.url, download: name, data: key }, name, h("span", { class: "detail" }, size(file.size ?? 0)));
}

/** @param {Json} part @param {Json} message @param {Context} context */
function button(part, message, context) {
  const label = [part.emoji?.name, part.label].filter(Boolean).join(" ");
  const looks = `button ${STYLES[part.style] ?? "secondary"}`;
  if (part.style === 5) {
    return h("a", { class: looks, href: /^https?:/.test(part.url) ? part.url : "#", target: "_blank", rel: "noopener noreferrer" }, label);
  }
  const shown = h("button", { type: "button", class: looks, disabled: part.disabled, data: { customId: part.custom_id ?? "" } }, label);
  shown.addEventListener("click", () => context.use(shown, "press", { message: message.id, custom_id: part.custom_id }));
  return shown;
}

/** @param {Json} part @param {Json} message @param {Context} context */
function select(part, message, context) {
  const rows = choices(part, context.place);
  const chosen = rows.filter((row) => row.chosen).map((row) => row.value);
  const named = rows.filter((row) => row.chosen).map((row) => row.label).join(", ");
  const words = part.placeholder || "Make a selection";
  const shown = h("button", {
    type: "button", class: "select", disabled: part.disabled, "aria-haspopup": "listbox", "aria-expanded": "false",
    "aria-label": named ? `${words}: ${named}` : words, data: { customId: part.custom_id },
  }, h("span", {}, named || words));
  shown.addEventListener("click", () => openList(shown, {
    label: words, rows, chosen, most: part.max_values ?? 1, least: part.min_values ?? 1,
    done: (values) => {
      shown.replaceChildren(h("span", {}, rows.filter((row) => values.includes(row.value)).map((row) => row.label).join(", ") || words));
      context.use(shown, "select", { message: message.id, custom_id: part.custom_id, values });
    },
  }));
  return shown;
}

/**
 * Return the choices of a select: its own options, or members, roles and channels of the server.
 * @param {Json} part
 * @param {Json} place
 * @returns {{value: string, label: string, detail?: string, mark?: string, chosen: boolean}[]}
 */
export function choices(part, place) {
  if (part.type === 3 || part.options) {
    return (part.options ?? []).map((/** @type {Json} */ option) => ({
      value: option.value, label: option.label, detail: option.description, mark: option.emoji?.name, chosen: Boolean(option.default),
    }));
  }
  const set = new Set((part.default_values ?? []).map((/** @type {Json} */ one) => String(one.id)));
  const people = place.members.map((/** @type {Json} */ one) => ({ value: one.id, label: `@${one.name}` }));
  const roles = place.roles.map((/** @type {Json} */ one) => ({ value: one.id, label: one.name.startsWith("@") ? one.name : `@${one.name}`, detail: "role" }));
  const channels = place.channels.map((/** @type {Json} */ one) => ({ value: one.id, label: `#${one.name}` }));
  const found = { 5: people, 6: roles, 7: [...people, ...roles], 8: channels }[/** @type {5|6|7|8} */ (part.type)] ?? [];
  return found.map((/** @type {any} */ row) => ({ ...row, chosen: set.has(row.value) }));
}
