// Keeps the keyboard focus on the same control while its message is drawn again.

/** What tells the controls of a message apart. */
const KEYS = ["customId", "emoji"];
const CONTROLS = "button:not(:disabled), a[href], summary, audio, video";

/**
 * Remember the focused element. The returned function moves the focus to its new version if it was removed; to the
 * message if that control is gone or disabled. It never takes the focus from another element.
 */
export function rememberFocus() {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const article = before?.closest("article")?.id;
  const part = before?.parentElement?.closest("article > div")?.className ?? "";
  const at = before?.closest("article > div");
  const index = before && at ? [...at.querySelectorAll(CONTROLS)].indexOf(before) : -1;
  return () => {
    const now = document.activeElement;
    if (!before || !article || before.isConnected || (now && now !== document.body)) return;
    const box = document.getElementById(article);
    if (!box || before.id === article) return box?.focus();
    const controls = /** @type {HTMLElement[]} */ ([...box.querySelectorAll(`:scope > .${part || "parts"} :is(${CONTROLS})`)]);
    const key = KEYS.find((name) => before.dataset[name]);
    const same = key ? controls.find((one) => one.dataset[key] === before.dataset[key]) : controls[index];
    (same ?? box).focus({ preventScroll: true });
    return undefined;
  };
}
