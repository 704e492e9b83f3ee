"use strict";
// Copies the text of the element named by data-copy. Without a secure context there is no clipboard: the text is selected instead.
document.addEventListener("click", function (event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  const source = document.getElementById(button.dataset.copy);
  const said = function (text) {
    const before = button.textContent;
    button.textContent = text;
    setTimeout(function () { button.textContent = before; }, 1500);
  };
  if (navigator.clipboard) {
    navigator.clipboard.writeText(source.textContent.trim()).then(function () { said("Copied"); });
  } else {
    window.getSelection().selectAllChildren(source);
    said("Press Ctrl+C");
  }
});
