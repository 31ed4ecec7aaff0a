// Elements by name; what stands in them is text, whatever it says.
export function make(name, values = {}, ...children) {
  const element = Object.assign(document.createElement(name), values);
  element.append(...children);
  return element;
}

// Has the browser save a file.
export function saveFile(content, kind, name) {
  const link = make("a", {
    href: URL.createObjectURL(new Blob([content], { type: kind })),
    download: name,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Draws a canvas at the screen's own resolution; its units stay CSS pixels.
export function sized(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return [context, scale];
}

// The longest beginning of some words that fits.
export function fitting(context, words, width) {
  if (context.measureText(words).width <= width) return words;
  let end = words.length;
  while (end > 0 && context.measureText(`${words.slice(0, end)}…`).width > width) end--;
  return end < 3 ? "" : `${words.slice(0, end).trimEnd()}…`;
}

// A canvas that can be pointed at and reached with the keyboard: `at(x, y)` says what is there.
export function pointable(look, hooks) {
  const holder = make("div", { className: `ca-run-canvas ${look}`, tabIndex: 0 });
  holder.setAttribute("role", "application");
  let last = "";
  const place = (event) => {
    const box = holder.getBoundingClientRect();
    return hooks.at(event.clientX - box.left, event.clientY - box.top);
  };
  holder.addEventListener("pointermove", (event) => {
    const now = `${event.screenX} ${event.screenY}`;
    if (now !== last) hooks.over(place(event)); // not where only the page moved under the pointer
    last = now;
  });
  holder.addEventListener("pointerdown", (event) => hooks.over(place(event)));
  holder.addEventListener("pointerleave", () => hooks.over(null));
  holder.addEventListener("click", (event) => hooks.choose(place(event)));
  holder.addEventListener("blur", () => hooks.over(null));
  holder.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (hooks.key(event.key)) event.preventDefault();
  });
  return holder;
}
