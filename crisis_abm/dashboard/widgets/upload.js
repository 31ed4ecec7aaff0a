// A file field of the browser's own; files are sent in parts.
const PART = 1 << 20;

function render({ model, el }) {
  const id = `crisis-upload-${Math.random().toString(36).slice(2)}`;
  el.classList.add("ca-control");
  const label = document.createElement("label");
  label.htmlFor = id;
  label.textContent = model.get("label");
  const input = document.createElement("input");
  input.type = "file";
  input.id = id;
  input.multiple = true;
  input.accept = model.get("accept");
  const about = document.createElement("p");
  about.id = `${id}-about`;
  about.textContent = model.get("about");
  const fault = document.createElement("p");
  fault.id = `${id}-fault`;
  fault.className = "ca-fault";
  fault.setAttribute("role", "alert");
  input.setAttribute("aria-describedby", `${about.id} ${fault.id}`);
  const line = document.createElement("div"); // the field below its label
  line.append(input);
  el.append(label, line, about, fault);

  const show = () => {
    fault.textContent = model.get("fault");
  };
  input.addEventListener("change", async () => {
    const files = [...input.files];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    if (size > model.get("largest")) {
      fault.textContent =
        `Together they have ${Math.ceil(size / 1e6)} MB; ` +
        `at most ${Math.floor(model.get("largest") / 1e6)} MB can be uploaded.`;
      input.value = "";
      return;
    }
    fault.textContent = "";
    model.send({ what: "begin" });
    for (const file of files) {
      try {
        const content = await file.arrayBuffer();
        for (let at = 0; at < Math.max(1, content.byteLength); at += PART) {
          model.send({ what: "part", name: file.name }, undefined, [content.slice(at, at + PART)]);
        }
      } catch (error) { // a folder, or a file that went or changed since it was chosen
        fault.textContent = `${file.name} could not be read (${error.message}); choose it again.`;
        input.value = "";
        return;
      }
    }
    model.send({ what: "end" });
    input.value = "";
  });
  model.on("change:fault", show);
  show();
  return () => model.off("change:fault", show);
}

export default { render };
