// One event: its words, its bar, and a native range input in each handle.
import { make } from "./elements.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SETTLED = 600; // milliseconds after the last key until the file is changed

// A tick in words: "day 12", or "5 Mar 2020".
export function dayOf(run, tick) {
  if (!run.first) return `${run.unit} ${tick}`;
  const date = new Date(`${run.first}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + tick * run.length);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

const within = (value, least, most) => Math.min(Math.max(value, least), most);
const furthest = (run, event) => Math.max(run.steps, event.end ?? 0);

// Where an event is once it is moved by some ticks, as a whole: no further than both ends stay in the run.
export function moved(run, event, { start, end }, by) {
  const most = event.once || end === null ? run.steps - 1 - start : furthest(run, event) - end;
  const ticks = within(by, -start, Math.max(0, Math.min(most, run.steps - 1 - start)));
  return { start: start + ticks, end: end === null ? null : end + ticks };
}

// Where it is once its ends are put elsewhere; what had no end keeps none at the end of the run.
export function stretched(run, event, { end }, from, to) {
  const start = within(from, 0, Math.min(end ?? run.steps, run.steps) - 1);
  const ending = within(to, start + 1, furthest(run, event));
  return { start, end: event.end === null && ending >= run.steps ? null : ending };
}

export function timeWords(run, event, { start, end }) {
  if (event.waits) return event.waits;
  if (event.start === null) return "no time that can be understood";
  if (event.once) return dayOf(run, start);
  if (end === null) return `from ${dayOf(run, start)} to the end`;
  return end - 1 <= start ? dayOf(run, start) : `${dayOf(run, start)} to ${dayOf(run, end - 1)}`;
}

export function makeRow(hooks) {
  let run = null;
  let event = null;
  let start = 0;
  let end = null;
  let asked = null; // where it was asked to be
  let drag = null; // what is held by a pointer, and how it was when it was taken
  let timer = 0;

  const name = make("a");
  const when = make("span", { className: "ca-note ca-event-when" });
  const remove = make("button", { className: "ca-button ca-button-quiet" }, "Remove");
  remove.type = "button";
  const words = make("div", { className: "ca-event-words" }, name, " ", when, " ", remove);
  const bar = make("span", { className: "ca-event-bar" });
  const ends = ["start", "end"].map((which) => {
    const input = make("input");
    input.type = "range";
    const handle = make("span", { className: `ca-event-handle ca-event-${which}` }, input);
    handle.dataset.grip = which;
    return { input, handle };
  });
  bar.dataset.grip = "both";
  const track = make("div", { className: "ca-event-track" }, bar, ...ends.map((one) => one.handle));
  const fault = make("p", { className: "ca-fault" });
  const rail = make("div", { className: "ca-event-rail" }, track);
  const item = make("li", { className: "ca-event" }, words, rail, fault);

  const last = () => end ?? run.steps; // the first tick after it, as it is drawn
  function draw() {
    when.textContent = timeWords(run, event, { start, end });
    track.hidden = event.start === null;
    if (track.hidden) return;
    const left = (100 * within(start, 0, run.steps)) / run.steps;
    const right = event.once ? left : (100 * within(last(), 0, run.steps)) / run.steps;
    track.style.setProperty("--left", `${left}%`);
    track.style.setProperty("--right", `${Math.max(left, right)}%`);
    track.classList.toggle("ca-event-once", event.once);
    track.classList.toggle("ca-event-open", !event.once && last() >= run.steps);
    const [first, final] = ends.map((one) => one.input);
    ends[1].handle.hidden = event.once;
    Object.assign(first, { min: 0, max: run.steps - 1, value: start });
    first.setAttribute("aria-label", `${event.once ? "When" : "First"}: ${event.what}`);
    first.setAttribute("aria-valuetext", dayOf(run, start));
    Object.assign(final, { min: 1, max: furthest(run, event), value: last() });
    final.setAttribute("aria-label", `Last: ${event.what}`);
    final.setAttribute("aria-valuetext", end === null ? "the end of the run" : dayOf(run, end - 1));
  }

  function put(place) {
    ({ start, end } = place);
    draw();
  }
  const moveBy = (by) => put(moved(run, event, { start, end }, by));
  const stretch = (from, to) => put(stretched(run, event, { start, end }, from, to));
  function settle() {
    clearTimeout(timer);
    timer = 0;
    if (start === asked.start && end === asked.end) return;
    asked = { start, end };
    hooks.ask({ what: "move", number: event.number, start, end });
  }
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLED);
  }

  ends.forEach(({ input }, k) => {
    input.addEventListener("input", () => {
      const value = Number(input.value);
      if (event.once) moveBy(value - start);
      else stretch(k ? start : value, k ? value : last());
      soon();
    });
    input.addEventListener("keydown", (key) => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[key.key];
      if (key.key === "Enter") {
        if (timer) settle();
        hooks.open(event);
      }
      if (!key.shiftKey || !by) return;
      key.preventDefault();
      moveBy(by);
      soon();
    });
    input.addEventListener("blur", () => timer && settle());
  });

  // With a pointer or a finger.
  track.addEventListener("pointerdown", (press) => {
    const held = press.target.closest("[data-grip]");
    if (!held || press.button) return;
    press.preventDefault();
    if (timer) settle();
    const which = event.once ? "both" : held.dataset.grip;
    drag = { which, x: press.clientX, start, end, last: last(), far: false };
    track.setPointerCapture(press.pointerId);
    (which === "end" ? ends[1] : ends[0]).input.focus({ preventScroll: true });
  });
  track.addEventListener("pointermove", (move) => {
    if (!drag) return;
    const pixels = move.clientX - drag.x;
    const by = Math.round((pixels / track.clientWidth) * run.steps);
    drag.far ||= by !== 0 || Math.abs(pixels) > 4;
    ({ start, end } = drag);
    if (drag.which === "both") moveBy(by);
    else if (drag.which === "start") stretch(start + by, last());
    else stretch(start, drag.last + by);
  });
  const letGo = (kept) => {
    if (!drag) return;
    const { far } = drag;
    ({ start, end } = kept ? { start, end } : drag);
    drag = null;
    draw();
    if (kept && far) settle();
    else if (kept) hooks.open(event);
  };
  track.addEventListener("pointerup", () => letGo(true));
  track.addEventListener("pointercancel", () => letGo(false));
  item.addEventListener("keydown", (key) => key.key === "Escape" && letGo(false));
  remove.addEventListener("click", () => hooks.ask({ what: "remove", number: event.number }));
  name.addEventListener("click", (press) => {
    if (press.ctrlKey || press.metaKey || press.shiftKey || press.button) return;
    if (hooks.open(event)) press.preventDefault();
  });

  function use(newRun, newEvent) {
    run = newRun;
    event = newEvent;
    ({ start, end } = event);
    asked = { start, end };
    name.textContent = event.what;
    name.href = (window.solara?.rootPath || "") + event.link;
    remove.hidden = !run.removable;
    remove.setAttribute("aria-label", `Remove: ${event.what}`);
    fault.textContent = event.fault;
    fault.hidden = !event.fault;
    item.classList.toggle("ca-event-wrong", Boolean(event.fault));
    draw();
  }
  return {
    item,
    name,
    use: (newRun, newEvent, anyway) => (anyway || !(drag || timer)) && use(newRun, newEvent),
    end: () => clearTimeout(timer),
  };
}
