// A button that saves a text as a file.
function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ca-button";
  el.append(button);
  const show = () => {
    button.textContent = model.get("label");
  };
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([model.get("content")], { type: model.get("kind") }));
    link.download = model.get("name");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  model.on("change:label", show);
  show();
  return () => model.off("change:label", show);
}

export default { render };
