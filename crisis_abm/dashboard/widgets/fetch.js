// A button for a file that the server makes when it is asked for.
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
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([buffers[0]], { type: model.get("kind") }));
    link.download = model.get("name");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
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
