// The language and the title of the page, and that it may be zoomed (WCAG 1.4.4), which the page's
// frame forbids.
import { followConnection } from "./connection.js";

function render({ model, el }) {
  el.hidden = true;
  const view = document.querySelector("meta[name=viewport]");
  if (view) view.content = "width=device-width, initial-scale=1";
  const tell = () => {
    document.documentElement.lang = model.get("language");
    document.title = model.get("title");
  };
  model.on("change:title", tell);
  tell();
  const leave = followConnection();
  return () => {
    leave();
    model.off("change:title", tell);
  };
}

export default { render };
