// The words of the model at the foot of the page, and what a marked word means, beside it: when it is
// pointed at, reached with the keyboard or touched (WCAG 1.4.13: stays while it is pointed at, goes
// with Escape).
const MARKED = ".ca-term";
const EDGE = 8; // pixels left free at the screen's edges
const REST = 150; // milliseconds that the pointer rests on a word before it is explained
const GRACE = 250; // milliseconds for the way from the word to its explanation

function makeTip() {
  const tip = document.createElement("div");
  tip.className = "ca-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.append(tip);
  let of = null;

  function place() {
    const word = of.getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    const high = window.innerHeight;
    if (!of.isConnected || word.bottom < 0 || word.top > high) {
      hide();
      return;
    }
    const own = tip.getBoundingClientRect();
    const left = Math.min(word.left, wide - EDGE - own.width);
    const below = word.bottom + 4;
    const above = word.top - 4 - own.height;
    tip.style.left = `${Math.max(EDGE, left)}px`;
    tip.style.top = `${below + own.height > high - EDGE && above >= EDGE ? above : below}px`;
  }
  function show(word) {
    const means = document.getElementById(word.getAttribute("aria-describedby"));
    if (!means) return;
    of = word;
    tip.textContent = means.textContent;
    tip.hidden = false;
    place();
  }
  function hide() {
    of = null;
    tip.hidden = true;
  }
  return { tip, show, hide, of: () => of, place: () => of && place() };
}

function render({ model, el }) {
  const details = document.createElement("details");
  details.className = "ca-words";
  const summary = document.createElement("summary");
  summary.textContent = "Words";
  const list = document.createElement("dl");
  const said = document.createElement("div"); // what is folded away cannot describe anything
  said.hidden = true;
  for (const [id, word, means] of model.get("words")) {
    const name = document.createElement("dt");
    name.textContent = word;
    const meaning = document.createElement("dd");
    meaning.textContent = means;
    list.append(name, meaning);
    const description = document.createElement("span");
    description.id = id;
    description.textContent = means;
    said.append(description);
  }
  details.append(summary, list);
  el.append(details, said);

  const shown = makeTip();
  let waiting = 0;
  const after = (time, act) => {
    clearTimeout(waiting);
    waiting = setTimeout(act, time);
  };
  const word = (event) => event.target.closest?.(MARKED) ?? null;
  const heard = {
    pointerover(event) {
      if (event.pointerType === "touch") return;
      const over = word(event);
      if (over && over !== shown.of()) after(REST, () => shown.show(over));
      else if (over || shown.tip.contains(event.target)) clearTimeout(waiting);
      else if (shown.of() && document.activeElement !== shown.of()) after(GRACE, shown.hide);
      else clearTimeout(waiting);
    },
    pointerdown(event) { // a click elsewhere is not told on every phone
      if (shown.of() && !word(event) && !shown.tip.contains(event.target)) shown.hide();
    },
    focusin(event) {
      const at = word(event);
      clearTimeout(waiting);
      if (at) shown.show(at);
      else shown.hide();
    },
    focusout(event) {
      if (word(event) === shown.of()) shown.hide();
    },
    click(event) {
      const at = word(event);
      if (at) {
        event.preventDefault(); // in a label, it would reach for the control
        clearTimeout(waiting);
        shown.show(at);
      } else if (!shown.tip.contains(event.target)) shown.hide();
    },
    keydown(event) {
      if (event.key !== "Escape" || !shown.of()) return;
      event.stopPropagation();
      clearTimeout(waiting);
      shown.hide();
    },
  };
  const move = () => shown.place();
  for (const [name, hear] of Object.entries(heard)) document.addEventListener(name, hear, true);
  window.addEventListener("scroll", move, { capture: true, passive: true });
  window.addEventListener("resize", move);
  return () => {
    for (const [name, hear] of Object.entries(heard)) document.removeEventListener(name, hear, true);
    window.removeEventListener("scroll", move, { capture: true });
    window.removeEventListener("resize", move);
    clearTimeout(waiting);
    shown.tip.remove();
  };
}

export default { render };
