// A range with its number. The sentence below it is read out with it.
import { wordsOrTerm } from "./term.js";

// A value in words: its ends may have names.
export function valueWords(value, least, most, [low, high]) {
  if (low && value === least) return low;
  if (high && value === most) return high;
  return String(Math.round(value * 1000) / 1000);
}

function render({ model, el }) {
  const id = `crisis-slider-${Math.random().toString(36).slice(2)}`;
  el.classList.add("ca-control");
  const label = document.createElement("label");
  label.htmlFor = id;
  const shown = document.createElement("output");
  shown.htmlFor = id;
  const input = document.createElement("input");
  input.type = "range";
  input.id = id;
  const about = document.createElement("p");
  about.id = `${id}-about`;
  input.setAttribute("aria-describedby", about.id);
  const row = document.createElement("div");
  row.className = "ca-control-row";
  row.append(label, shown);
  el.append(row, input, about);

  const words = (value) =>
    valueWords(value, model.get("least"), model.get("most"), model.get("ends"));
  const show = () => {
    label.replaceChildren(wordsOrTerm(model.get("label"), model.get("term")));
    about.textContent = model.get("about");
    about.hidden = !model.get("about");
    input.min = model.get("least");
    input.max = model.get("most");
    input.step = model.get("step");
    input.value = model.get("value");
    shown.textContent = words(Number(input.value));
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  input.addEventListener("input", () => {
    shown.textContent = words(Number(input.value));
    input.setAttribute("aria-valuetext", shown.textContent);
  });
  input.addEventListener("change", () => {
    model.set("value", Number(input.value));
    model.save_changes();
  });
  const watched = ["label", "term", "about", "value", "least", "most", "step", "ends"];
  watched.forEach((name) => model.on(`change:${name}`, show));
  show();
  return () => watched.forEach((name) => model.off(`change:${name}`, show));
}

export default { render };
