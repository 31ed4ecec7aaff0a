// A drop-down of the browser's own.
import { wordsOrTerm } from "./term.js";

function render({ model, el }) {
  const id = `crisis-choice-${Math.random().toString(36).slice(2)}`;
  el.classList.add("ca-control");
  const label = document.createElement("label");
  label.htmlFor = id;
  const select = document.createElement("select");
  select.id = id;
  const about = document.createElement("p");
  about.id = `${id}-about`;
  const fault = document.createElement("p");
  fault.id = `${id}-fault`;
  fault.className = "ca-fault";
  select.setAttribute("aria-describedby", `${about.id} ${fault.id}`);
  el.append(label, select, about, fault);

  const show = () => {
    label.replaceChildren(wordsOrTerm(model.get("label"), model.get("term")));
    about.textContent = model.get("about");
    about.hidden = !model.get("about");
    fault.textContent = model.get("fault");
    fault.hidden = !model.get("fault");
    select.setAttribute("aria-invalid", String(Boolean(model.get("fault"))));
    const options = model.get("options").map(([value, words]) => {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = words;
      return option;
    });
    select.replaceChildren(...options);
    select.value = model.get("value");
  };
  select.addEventListener("change", () => {
    model.set("value", select.value);
    model.save_changes();
  });
  const watched = ["label", "term", "about", "fault", "value", "options"];
  watched.forEach((name) => model.on(`change:${name}`, show));
  show();
  return () => watched.forEach((name) => model.off(`change:${name}`, show));
}

export default { render };
