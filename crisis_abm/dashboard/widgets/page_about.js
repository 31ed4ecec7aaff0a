// The language and the title of the page.
function render({ model, el }) {
  el.hidden = true;
  const tell = () => {
    document.documentElement.lang = model.get("language");
    document.title = model.get("title");
  };
  model.on("change:title", tell);
  tell();
  return () => model.off("change:title", tell);
}

export default { render };
