// A text field with its fault beside it.
function render({ model, el }) {
  const id = `crisis-text-${Math.random().toString(36).slice(2)}`;
  const kind = model.get("kind");
  el.classList.add("ca-control");
  const label = document.createElement("label");
  label.htmlFor = id;
  const input = document.createElement(kind === "multiline" ? "textarea" : "input");
  if (kind === "multiline") input.rows = model.get("rows");
  else input.type = kind === "date" ? "date" : "text";
  if (kind === "number") input.inputMode = "decimal";
  input.id = id;
  const about = document.createElement("p");
  about.id = `${id}-about`;
  const fault = document.createElement("p");
  fault.id = `${id}-fault`;
  fault.className = "ca-fault";
  input.setAttribute("aria-describedby", `${about.id} ${fault.id}`);
  el.append(label, input, about, fault);

  const show = () => {
    label.textContent = model.get("label");
    about.textContent = model.get("about");
    about.hidden = !model.get("about");
    input.placeholder = model.get("hint");
    fault.textContent = model.get("fault");
    fault.hidden = !model.get("fault");
    input.setAttribute("aria-invalid", String(Boolean(model.get("fault"))));
    if (document.activeElement !== input) input.value = model.get("value");
  };
  const tell = () => {
    model.set("value", input.value);
    model.save_changes();
  };
  input.addEventListener("change", tell);
  const watched = ["label", "about", "value", "fault", "hint"];
  watched.forEach((name) => model.on(`change:${name}`, show));
  show();
  return () => watched.forEach((name) => model.off(`change:${name}`, show));
}

export default { render };
