// A table, folded or open, and its CSV file.
import { followHere, withRoot } from "./address.js";
import { saveFile } from "./elements.js";
import { wordsOrTerm } from "./term.js";

function cell(name, words, figure, term, to) {
  const made = document.createElement(name);
  if (to) {
    const link = document.createElement("a");
    link.textContent = words;
    link.href = withRoot(to);
    link.addEventListener("click", (event) => followHere(event, to));
    made.append(link);
  } else made.append(wordsOrTerm(words, term));
  if (figure) made.className = "ca-figure";
  return made;
}

function render({ model, el }) {
  const holder = document.createElement(model.get("folded") ? "details" : "div");
  const frame = document.createElement("div");
  frame.className = "ca-table";
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  const table = document.createElement("table");
  frame.append(table);
  const save = document.createElement("button");
  save.type = "button";
  save.className = "ca-button ca-button-quiet";
  save.textContent = "Save as CSV";
  const summary = document.createElement("summary");
  if (model.get("folded")) holder.append(summary);
  holder.append(frame, save);
  el.append(holder);

  const show = () => {
    summary.textContent = `Numbers: ${model.get("caption")}`;
    frame.setAttribute("aria-label", model.get("caption"));
    save.setAttribute("aria-label", `Save as CSV: ${model.get("caption")}`);
    const from = model.get("figures");
    const terms = model.get("terms");
    const caption = document.createElement("caption");
    caption.textContent = model.get("caption");
    const head = document.createElement("thead");
    const line = head.insertRow();
    model.get("headings").forEach((words, k) => {
      const made = cell("th", words, from[k], terms[words.trim()]);
      made.scope = "col";
      line.append(made);
    });
    const body = document.createElement("tbody");
    const links = model.get("links");
    model.get("rows").forEach((row, n) => {
      const made = body.insertRow();
      row.forEach((words, k) => {
        const one = cell(k ? "td" : "th", words, from[k], k ? "" : terms[words], links[k]?.[n]);
        if (!k) one.scope = "row";
        made.append(one);
      });
    });
    table.replaceChildren(caption, head, body);
  };
  save.addEventListener("click", () =>
    saveFile(model.get("csv"), "text/csv", model.get("name")),
  );
  const watched = ["caption", "headings", "rows", "terms", "links", "figures"];
  watched.forEach((name) => model.on(`change:${name}`, show));
  show();
  return () => watched.forEach((name) => model.off(`change:${name}`, show));
}

export default { render };
