// A button of the browser's own.
function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  el.append(button);
  const show = () => {
    button.textContent = model.get("label");
    button.className = `ca-button ca-button-${model.get("look")}`;
    button.disabled = model.get("disabled");
    const unfolds = model.get("unfolds");
    if (unfolds) button.setAttribute("aria-expanded", String(unfolds === "yes"));
    const about = model.get("about");
    if (about) {
      button.title = about;
      button.setAttribute("aria-label", `${model.get("label")}: ${about}`);
    } else {
      button.removeAttribute("title");
      button.removeAttribute("aria-label");
    }
  };
  button.addEventListener("click", () => {
    model.set("presses", model.get("presses") + 1);
    model.save_changes();
  });
  const watched = ["label", "about", "look", "disabled", "unfolds"];
  watched.forEach((name) => model.on(`change:${name}`, show));
  show();
  return () => watched.forEach((name) => model.off(`change:${name}`, show));
}

export default { render };
