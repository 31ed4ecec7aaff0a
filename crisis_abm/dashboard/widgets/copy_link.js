// Copies the address of this view; shows it where nothing may be copied.
function render({ el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ca-button";
  button.textContent = "Link";
  button.setAttribute("aria-label", "Copy a link that reopens exactly this view");
  const said = document.createElement("span");
  said.className = "ca-note";
  said.setAttribute("role", "status");
  el.append(button, said);
  button.addEventListener("click", async () => {
    const link = window.location.href;
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = " Copied.";
    } catch {
      said.textContent = ` ${link}`;
    }
  });
}

export default { render };
