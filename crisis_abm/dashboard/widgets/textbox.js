// A text field with its fault beside it. What is typed is told when the field is left, or on Enter;
// Escape forgets it.
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
  const offer = offerNames(model, input, el);

  // What the field held before anything was typed (a browser drops line ends from one line), and
  // all that was typed since.
  let before = "";
  const drafts = new Set();
  const typed = () => input.value !== before;
  const mark = () => input.toggleAttribute("data-typing", typed());
  const put = (value) => {
    input.value = value;
    before = input.value;
    drafts.clear();
    mark();
  };

  const show = () => {
    label.textContent = model.get("label");
    about.textContent = model.get("about");
    about.hidden = !model.get("about");
    input.placeholder = model.get("hint");
    fault.textContent = model.get("fault");
    fault.hidden = !model.get("fault");
    input.setAttribute("aria-invalid", String(Boolean(model.get("fault"))));
    if (document.activeElement !== input || !typed()) put(model.get("value"));
    offer();
  };
  const tell = () => {
    if (document.body.classList.contains("ca-lost")) return; // nobody would hear it
    if (typed()) {
      model.set("value", input.value);
      model.save_changes();
    }
    put(model.get("value"));
  };
  // A browser's own undo knows nothing of what was told, nor where the focus is: it may bring back
  // a text from before that, which would be told as new when the field is left.
  const follow = (event) => {
    const ownUndo = event.inputType === "historyUndo" || event.inputType === "historyRedo";
    if (!ownUndo) drafts.add(input.value);
    else if (typed() && (document.activeElement !== input || !drafts.has(input.value))) {
      put(model.get("value"));
    }
    mark();
    offer();
  };
  input.addEventListener("input", follow);
  input.addEventListener("change", tell);
  input.addEventListener("blur", () => typed() || put(model.get("value")));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typed()) put(model.get("value"));
  });
  const watched = ["label", "about", "value", "fault", "hint", "names"];
  watched.forEach((name) => model.on(`change:${name}`, show));
  show();
  return () => watched.forEach((name) => model.off(`change:${name}`, show));
}

// What a field may well hold. Where several names may be written, they are offered for the last.
export function offers(names, text, several) {
  const done = several ? text.split(",").slice(0, -1).map((part) => part.trim()) : [];
  return names.filter((name) => !done.includes(name)).map((name) => [...done, name].join(", "));
}

// Offers them as the browser's own list.
function offerNames(model, input, el) {
  if (!model.get("names")) return () => {};
  const list = document.createElement("datalist");
  list.id = `${input.id}-names`;
  input.setAttribute("list", list.id);
  input.autocomplete = "off";
  el.append(list);
  return () => {
    const options = offers(model.get("names"), input.value, model.get("several")).map((value) =>
      Object.assign(document.createElement("option"), { value }));
    list.replaceChildren(...options);
  };
}

export default { render };
