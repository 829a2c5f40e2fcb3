// Apply the saved theme, or the system's, before the first paint.
"use strict";
{
  const chosen = localStorage.getItem("retake-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
