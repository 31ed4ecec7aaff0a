// A button that saves a text as a file.
import { saveFile } from "./elements.js";

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ca-button";
  el.append(button);
  const show = () => {
    button.textContent = model.get("label");
  };
  button.addEventListener("click", () => {
    saveFile(model.get("content"), model.get("kind"), model.get("name"));
  });
  model.on("change:label", show);
  show();
  return () => model.off("change:label", show);
}

export default { render };
