// A button for a file that the server makes when it is asked for.
import { saveFile } from "./elements.js";

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ca-button";
  const fault = document.createElement("span");
  fault.className = "ca-fault";
  fault.setAttribute("role", "alert");
  el.append(button, fault);
  let waiting = false;

  const show = () => {
    button.textContent = model.get(waiting ? "busy" : "label");
    button.disabled = waiting || model.get("disabled");
    fault.textContent = model.get("fault");
  };
  const came = (message, buffers) => {
    waiting = false;
    show();
    if (message.what !== "made") return;
    saveFile(buffers[0], model.get("kind"), model.get("name"));
  };
  button.addEventListener("click", () => {
    waiting = true;
    show();
    model.send("make");
  });
  model.on("msg:custom", came);
  model.on("change:fault", show);
  model.on("change:label", show);
  model.on("change:disabled", show);
  show();
  return () => model.off("msg:custom", came);
}

export default { render };
