// Undo and redo: two buttons, and the keys that everybody knows for them.
function render({ model, el }) {
  el.classList.add("ca-row");
  const buttonOf = (what, words, keys) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ca-button";
    button.textContent = words;
    button.setAttribute("aria-keyshortcuts", keys);
    button.addEventListener("click", () => model.send({ what }));
    el.append(button);
    return button;
  };
  const undo = buttonOf("undo", "Undo", "Control+Z Meta+Z");
  const redo = buttonOf("redo", "Redo", "Control+Shift+Z Meta+Shift+Z");
  const show = () => {
    const [back, on] = [model.get("undoable"), model.get("redoable")];
    undo.disabled = !back;
    redo.disabled = !on;
    undo.title = back ? `Take the last of ${back} changes back (Ctrl+Z)` : "Nothing was changed yet";
    redo.title = on ? "Make the change again that was taken back (Ctrl+Shift+Z)" : "Nothing was undone";
  };

  // While something is typed the keys belong to the text; textbox.js says whether it is.
  const pressed = (event) => {
    if (event.defaultPrevented || event.altKey || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && !(key === "y" && !event.shiftKey)) return;
    if (event.target.closest?.("[data-typing]")) return;
    event.preventDefault();
    model.send({ what: key === "y" || event.shiftKey ? "redo" : "undo" });
  };
  document.addEventListener("keydown", pressed);
  const watched = ["undoable", "redoable"];
  watched.forEach((name) => model.on(`change:${name}`, show));
  show();
  return () => {
    document.removeEventListener("keydown", pressed);
    watched.forEach((name) => model.off(`change:${name}`, show));
  };
}

export default { render };
