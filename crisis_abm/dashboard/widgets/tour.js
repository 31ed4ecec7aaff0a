// A few steps for a first visit. What is behind them stays usable.
const SEEN = "crisis_abm-tour-seen";

function remembered() {
  try {
    return window.localStorage.getItem(SEEN) === "yes";
  } catch {
    return true; // a browser that keeps nothing would show it again and again
  }
}

function render({ model, el }) {
  if (remembered()) return undefined;
  const steps = model.get("steps");
  const box = document.createElement("section");
  box.className = "ca-tour";
  box.setAttribute("aria-label", "A tour in three steps");
  const heading = document.createElement("h2");
  const words = document.createElement("p");
  const next = document.createElement("button");
  const close = document.createElement("button");
  for (const button of [next, close]) button.type = "button";
  next.className = "ca-button ca-button-main";
  close.className = "ca-button ca-button-quiet";
  close.textContent = "Close the tour";
  box.append(heading, words, next, close);
  el.append(box);
  let at = 0;

  const show = () => {
    heading.textContent = `${at + 1} of ${steps.length}: ${steps[at][0]}`;
    words.textContent = steps[at][1];
    next.textContent = at + 1 < steps.length ? "Next" : "Done";
  };
  const end = () => {
    try {
      window.localStorage.setItem(SEEN, "yes");
    } catch {
      // shown again at the next visit
    }
    box.remove();
  };
  next.addEventListener("click", () => {
    at += 1;
    if (at < steps.length) show();
    else end();
  });
  close.addEventListener("click", end);
  show();
  return () => box.remove();
}

export default { render };
